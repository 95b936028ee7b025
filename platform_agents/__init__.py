"""The project: settings and the HTTP roof as files, the foundations as packages."""
