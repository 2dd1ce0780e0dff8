"""Events in the tables of a ClickHouse server or cluster, and everything that asks about them there."""
