"""What tests of stores share: tables, servers, and histories of what writers did."""
