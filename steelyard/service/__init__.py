"""The service desk: reply and service metrics by declared settings, over any period, by agent, shop or day."""
