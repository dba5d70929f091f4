"""The version that stands beside what a machine did."""

VERSION = "0.4.0"
