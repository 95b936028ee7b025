"""More than one of everything: wake-ups by other means, several clusters and web servers."""
