package io.github.skywalker.paxos.sim;

import io.github.skywalker.proto.Envelope;
import java.util.HashMap;
import java.util.Map;

/**
 * What one life of a node is asked for of its checkpoints. Whoever asks for a piece, and asks
 * again, is sent it, or told that it is gone: whatever else the node sends to others, or has sent
 * in vain.
 */
final class Requests {

  /** So often somebody asks again before it is held against the node. */
  private static final int MIN_ASKED = 8;

  /** For so many retry periods, not counted those in which its pace lets it send nothing. */
  private static final int PATIENCE = 40;

  /**
   * After so many without a question, one that comes begins anew: its node may have stood still.
   */
  private static final int PAUSE = 8;

  private record Asking(int node, int group) {}

  private static final class Unanswered {
    long first;
    long last;
    int times;
  }

  private final Life life;
  private final Fabric fabric;
  private final Map<Asking, Unanswered> unanswered = new HashMap<>();

  /** When the pace of what it sends lets it send more, at the latest. */
  private long freeAt;

  Requests(Life life, Fabric fabric) {
    this.life = life;
    this.fabric = fabric;
  }

  /** The node hears a question. */
  void heard(int from, Envelope message) {
    if (!message.hasPieceWanted() || !life.isOpen()) {
      return;
    }
    Asking asking = new Asking(from, message.getGroup());
    if (!life.api().groups().contains(message.getGroup())) {
      unanswered.remove(asking);
      return;
    }
    long now = fabric.scheduler().now();
    long retryNanos = life.host().swarm().retryNanos;
    Unanswered question = unanswered.computeIfAbsent(asking, one -> new Unanswered());
    if (question.times == 0 || now - question.last > PAUSE * retryNanos) {
      question.first = now;
      question.times = 0;
    }
    question.last = now;
    question.times++;
    long waited = now - Math.max(question.first, freeAt);
    if (question.times >= MIN_ASKED && waited > PATIENCE * retryNanos) {
      fabric
          .judge()
          .fail(
              "7 who asks for a checkpoint is answered",
              "group %d, node %d has asked node %d for pieces %d times in %d ms",
              message.getGroup(),
              from,
              life.host().id(),
              question.times,
              waited / Scheduler.MILLIS);
    }
  }

  /** The node says something. */
  void said(int to, Envelope message) {
    if (message.hasPiece() || message.hasCheckpointGone()) {
      unanswered.remove(new Asking(to, message.getGroup()));
    }
    if (message.hasPiece() || message.hasLearned()) {
      double nanos = message.getSerializedSize() * 1e9 / life.host().swarm().catchUpBytesPerSecond;
      freeAt = Math.max(freeAt, fabric.scheduler().now()) + (long) nanos;
    }
  }
}
