"""The desk of customer service: what agents are paid, and by which formulas."""
