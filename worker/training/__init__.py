"""Fine-tuning: rows to arrays, the LoRA step, the history."""
