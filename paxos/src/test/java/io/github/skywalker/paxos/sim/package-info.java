/**
 * The simulator: clusters of production nodes in virtual time, with faults on, and an oracle that
 * sees all of them. One seed replays a run event for event.
 *
 * <p>{@link io.github.skywalker.paxos.sim.Simulation} is one run. It draws its {@code Swarm} from
 * the seed, builds {@code Host}s on a {@code Scheduler} and a {@code Fabric}, lets {@code Clients}
 * and {@code Nemesis} loose on them, and ends with a liveness phase. The {@code Oracle} judges.
 */
package io.github.skywalker.paxos.sim;
