"""Where events are kept and aggregated: one protocol, one query builder, an implementation per engine."""
