//! An agent (代理): a process that holds opened tokens for a time and signs for the programs of its user.
