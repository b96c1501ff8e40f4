"""The series store in an InfluxDB, or in what speaks like one."""
