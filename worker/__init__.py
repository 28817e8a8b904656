"""What the accelerator runs: load a Gemma once, turn answers into quizzes."""
