"""The Node side, run by Node's own test runner against a real web server and cluster."""
