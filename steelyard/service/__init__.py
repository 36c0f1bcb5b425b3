"""The desk of customer service: reply and service metrics by declared settings, and what agents are paid."""
