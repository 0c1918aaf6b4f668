package io.github.skywalker.paxos.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.network.FrameStream;
import io.github.skywalker.proto.Envelope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything between the nodes: who listens, and how bytes get from one to the other. */
final class Fabric {

  private static final int MAX_FRAME_BYTES = 32 << 20;

  private final Scheduler scheduler;
  private final Weather weather;
  private final Trace trace;
  private final Figures figures;
  private final Fetches fetches;
  private final TreeMap<Integer, SimNetwork> listening = new TreeMap<>();
  private final List<Line> lines = new ArrayList<>();
  private final Judge judge;
  private final Map<String, String> acquaintances = new HashMap<>();
  private final Echoes echoes = new Echoes();
  private final Silence silence;
  private final Forger forger;

  Fabric(
      Scheduler scheduler,
      Weather weather,
      Trace trace,
      Figures figures,
      Judge judge,
      Forger forger) {
    this.forger = forger;
    this.judge = judge;
    this.scheduler = scheduler;
    this.weather = weather;
    this.trace = trace;
    this.figures = figures;
    this.fetches = new Fetches(figures);
    this.silence = new Silence(scheduler, weather);
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Weather weather() {
    return weather;
  }

  Fetches fetches() {
    return fetches;
  }

  Silence silence() {
    return silence;
  }

  Forger forger() {
    return forger;
  }

  Judge judge() {
    return judge;
  }

  Figures figures() {
    return figures;
  }

  Trace trace() {
    return trace;
  }

  void listen(SimNetwork network) {
    listening.put(network.id(), network);
  }

  void leave(SimNetwork network) {
    listening.remove(network.id(), network);
  }

  /** Who listens as this node; null if nobody does. */
  SimNetwork at(int node) {
    return listening.get(node);
  }

  /** More of what peers have said waits for a loop than its bound allows. */
  void overflows(Host host, String loop, long bytes, long bound) {
    judge.fail(
        "19 queues within their bounds",
        "node %d: %d bytes of messages wait for loop %s; at most %d",
        host.id(),
        bytes,
        loop,
        bound);
  }

  /** A node has let another speak: it must never let that one's id speak for another disk. */
  void admitted(SimNetwork by, SimNetwork who) {
    String known = who.dataId();
    String before = acquaintances.putIfAbsent(by.id() + by.dataId() + who.id(), known);
    if (before != null && !before.equals(known)) {
      judge.fail(
          "18 no vote without the old disk",
          "node %d lets node %d speak, which has lost its disk",
          by.id(),
          who.id());
    }
  }

  /** Whether every other host has let this one speak. */
  boolean knowsAll(Host host, List<Host> hosts) {
    SimNetwork who = at(host.id());
    for (Host other : hosts) {
      SimNetwork by = at(other.id());
      if (other != host
          && (who == null
              || by == null
              || !acquaintances.containsKey(by.id() + by.dataId() + who.id()))) {
        return false;
      }
    }
    return true;
  }

  void opened(Line line) {
    lines.removeIf(Line::hasEnded);
    lines.add(line);
  }

  /** The connections that are open. */
  List<Line> lines() {
    lines.removeIf(Line::hasEnded);
    return lines;
  }

  /** Runs a step of a handshake at the other end, or what is to be done if it cannot be reached. */
  void hop(int from, int to, Runnable there, Runnable lost) {
    long delay = weather.delay(from, to);
    if (weather.isCut(from, to)) {
      scheduler.after(4 * delay + Scheduler.SECONDS, lost);
    } else {
      scheduler.after(delay, there);
    }
  }

  /** Sends a message over a line, whatever becomes of it. */
  void send(Line line, Envelope message) {
    int from = line.from().id();
    int to = line.toNode();
    if (weather.echoes()) {
      echoes.remember(line, message); // Also what does not get through now may come later.
    }
    if (weather.isCut(from, to)) {
      figures.count("messages cut off");
      return;
    }
    if (weather.loses()) {
      figures.count("messages lost");
      return;
    }
    if (line.inFlight() >= weather.queueMessages()) {
      figures.count("messages dropped by full queues");
      return;
    }
    byte[] bytes = message.toByteArray();
    figures.count("messages");
    silence.said(from, to, message);
    long stalled = weather.stalledUntil(from, to);
    if (stalled > scheduler.now()) {
      figures.count("messages held back");
    }
    long arrival = Math.max(scheduler.now(), stalled) + weather.delay(from, to);
    if (weather.keepsOrder()) {
      arrival = line.inOrder(arrival);
    } else {
      figures.count("messages out of order");
    }
    line.departed();
    if (weather.corrupts()) {
      byte[] frame = FrameStream.frame(message);
      weather.corrupt(frame);
      scheduler.at(arrival, () -> arrive(line, () -> refuse(line, frame)));
      return;
    }
    scheduler.at(arrival, () -> arrive(line, () -> deliver(line, bytes)));
    if (weather.repeats()) {
      figures.count("messages repeated");
      scheduler.at(
          arrival + weather.delay(from, to),
          () -> {
            if (!line.hasEnded()) {
              deliver(line, bytes);
            }
          });
    }
    if (weather.repeatsLate()) {
      scheduler.at(arrival + weather.lateness(), () -> deliverLate(line, bytes));
    }
    if (weather.echoes()) {
      for (Echoes.Answer answer : echoes.of(line, message)) {
        byte[] again = answer.message().toByteArray();
        figures.count("answers echoed");
        scheduler.after(Scheduler.MICROS, () -> deliverLate(answer.line(), again));
      }
    }
  }

  private void arrive(Line line, Runnable taking) {
    line.arrived();
    if (line.hasEnded()) {
      figures.count("messages lost in a reset");
    } else if (weather.isCut(line.from().id(), line.toNode())) {
      figures.count("messages cut off");
    } else {
      taking.run();
    }
  }

  /** A frame that was changed on its way must be noticed, and ends its connection. */
  private void refuse(Line line, byte[] frame) {
    if (!FrameStream.isRefused(frame, MAX_FRAME_BYTES)) {
      judge.fail(
          "what is heard was said",
          "node %d does not refuse a frame that was changed on its way",
          line.toNode());
    }
    figures.count("messages corrupted");
    line.end();
  }

  private void deliver(Line line, byte[] bytes) {
    SimNetwork to = line.to();
    if (to != null) {
      to.receive(line.from(), parse(bytes));
      trace.mix(Arrays.hashCode(bytes));
    }
  }

  /** To whoever is that node by then. */
  private void deliverLate(Line line, byte[] bytes) {
    SimNetwork to = listening.get(line.toNode());
    if (to != null && !weather.isCut(line.from().id(), line.toNode())) {
      boolean otherLife = to != line.to() || listening.get(line.from().id()) != line.from();
      figures.count(otherLife ? "messages repeated in another life" : "messages repeated late");
      to.receive(line.from(), parse(bytes));
    }
  }

  private static Envelope parse(byte[] bytes) {
    try {
      return Envelope.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("A message does not survive its own bytes", e);
    }
  }
}
