"""A folder of agents as the guide lays it out, copied into a package of the customer's own."""
