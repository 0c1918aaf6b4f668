package io.github.skywalker.paxos;

import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;

/** Sees every step of every group of a node, for whoever watches over the protocol in tests. */
interface Probe {

  /** Sees nothing. */
  Probe NONE = new Probe() {};

  /** A replica was made from the log, and has not taken a step yet. */
  default void recovered(int group, Replica replica) {}

  /** The log has damage that concerns a group: it must not take part. */
  default void damaged(int group, String what) {}

  /** A replica took a step; called before anything of what it asks for is done. */
  default void stepped(int group, Replica replica, Event event, Ready ready) {}

  /** The writes of a step are on disk; called before what they release is sent. */
  default void synced(int group, Ready ready) {}

  /** A value that the machines of a group had no room for is read from the log again. */
  default void readAgain(int group, long instance) {}

  /** The user's machines of a group have applied everything up to an instance. */
  default void applied(int group, long instance) {}

  /** The user's machines of a group have loaded a checkpoint. */
  default void restored(int group, long instance) {}

  /** The log of a group was cleaned, durably. */
  default void cleaned(int group, long upTo) {}
}
