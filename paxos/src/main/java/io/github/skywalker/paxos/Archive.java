package io.github.skywalker.paxos;

/**
 * What one group keeps on disk beside its log, and what goes with that. Groups that are in memory
 * only have none.
 *
 * @param checkpoints takes them
 * @param cleaner deletes the log behind them
 * @param sending sends them to others
 * @param fetching receives those of others
 */
record Archive(
    Checkpoints checkpoints,
    LogCleaner cleaner,
    CheckpointSending sending,
    CheckpointFetching fetching) {}
