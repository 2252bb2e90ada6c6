//! The whole nation through the binary: real processes, real connections, real files.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod api_check;
mod api_clients;
mod asking_within;
mod bodies;
mod broken_matrix;
mod broken_off;
mod browser;
mod certificates;
mod command_line;
mod connecting;
mod crash;
mod datasets;
mod disk_laws;
mod documents;
mod edge;
mod edge_tls;
mod endings;
mod events;
mod failover;
mod figures;
mod framed;
mod full_disk;
mod governing;
mod hostile;
mod hybrid;
mod incidents;
mod installed;
mod laws;
mod look;
mod misbehaving;
mod nation;
mod older_backup;
mod packages;
mod passing;
mod peer_port;
mod played_day;
mod quality;
mod right_first;
mod services;
mod siege;
mod stages;
mod traces;
mod usage;
mod watching;
