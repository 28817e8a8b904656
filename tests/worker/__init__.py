"""Tests of the worker: its rules without a model, then a tiny and the real Gemma."""
