package io.github.skywalker.paxos;

import io.github.skywalker.machine.Value;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves nodes that lag by more than a group holds in memory, from the log, in the background and
 * on the bulk lane. One message for one request: whoever learns asks for the next when it has taken
 * this one, so that no more is on its way than it can take. Where the log is gone, the newest
 * checkpoint is offered.
 */
final class CatchUp {

  private static final Logger log = LoggerFactory.getLogger(CatchUp.class);

  /** How much one message carries, unless a single value has more. */
  static final int MAX_PIECE_BYTES = 1 << 20;

  /** What a value takes in a message beside its bytes, at the most. */
  private static final int VALUE_OVERHEAD_BYTES = 8;

  private record Request(int group, int node) {}

  private final LogStore store;
  private final Pace pace;
  private final Network network;
  private final Set<Request> waiting = new HashSet<>();

  CatchUp(LogStore store, Pace pace, Network network) {
    this.store = store;
    this.pace = pace;
    this.network = network;
  }

  /** Serves a request, unless the same node has one waiting for the same group already. */
  void serve(Group group, int node, long from, long upTo) {
    Request request = new Request(group.id(), node);
    synchronized (waiting) {
      if (!waiting.add(request)) {
        return;
      }
    }
    pace.execute(
        () -> {
          synchronized (waiting) {
            waiting.remove(request);
          }
          try {
            send(group, node, from, upTo);
          } catch (IOException failed) {
            log.warn(
                "Group {}: instances from {} on cannot be read for node {}.",
                group.id(),
                from,
                node,
                failed);
          }
        });
  }

  private void send(Group group, int node, long from, long upTo) throws IOException {
    List<Value> values = new ArrayList<>();
    long bytes = 0;
    for (long instance = from; instance <= upTo; instance++) {
      LogRecord record = store.read(group.id(), instance);
      if (record == null || instance <= group.coveredUpTo()) {
        break;
      }
      Value value = Records.readHeld(record).value();
      long more = (long) value.bytes().length + VALUE_OVERHEAD_BYTES;
      if (!values.isEmpty() && bytes + more > MAX_PIECE_BYTES) {
        break;
      }
      values.add(value);
      bytes += more;
    }
    pace.sent(bytes);
    Archive archive = group.archive();
    if (values.isEmpty() && archive != null) {
      archive.sending().offer(node, from);
    }
    if (!values.isEmpty()) {
      Message.Learned piece =
          new Message.Learned(from, values, upTo, from == 1 ? group.founding() : null);
      network.send(node, Network.Lane.BULK, Wire.write(group.id(), piece));
    }
  }
}
