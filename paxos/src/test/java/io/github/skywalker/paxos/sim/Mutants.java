package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;

/** The broken variants: what a simulator must be able to find, or its silence means nothing. */
final class Mutants {

  private static final String CORE = "paxos/src/main/java/io/github/skywalker/paxos/core/";
  private static final String NODE = "paxos/src/main/java/io/github/skywalker/paxos/";
  private static final String MACHINE = "machine/src/main/java/io/github/skywalker/machine/";
  private static final String STORAGE = "storage/src/main/java/io/github/skywalker/storage/";

  private static final List<Mutant> ALL = new ArrayList<>();

  private Mutants() {}

  static List<Mutant> all() {
    return ALL;
  }

  private static void add(
      String name, String file, String text, String replacement, long... seeds) {
    List<Long> list = new ArrayList<>();
    for (long seed : seeds) {
      list.add(seed);
    }
    ALL.add(new Mutant(name, file, List.of(new Mutant.Edit(text, replacement)), list));
  }

  static {
    /* The disk. */
    add(
        "reply before sync",
        CORE + "Outbox.java",
        "if (ready.writes.isEmpty() && durable >= serial) {",
        "if (true) {",
        1);
    add(
        "reply after a failed write",
        STORAGE + "LogWriter.java",
        "quietly(() -> append.completion.failed(why));",
        "quietly(append.completion::synced);",
        2);
    add(
        "own vote counted before its sync",
        CORE + "Window.java",
        "(disk.isDurable(first.ownSerial) ? ownBit : 0)",
        "ownBit",
        1);
    add(
        "Prepare leaves before the own promise is on disk",
        CORE + "Phase1.java",
        "out.sendWhenDurable(node, new Prepare(ballot, first));",
        "out.send(node, new Prepare(ballot, first));",
        1);
    add(
        "ballot reused after a restart",
        STORAGE + "NodeDirectory.java",
        "meta.withBootCount(meta.bootCount() + 1)",
        "meta.withBootCount(Math.max(1, meta.bootCount()))",
        2);
    add(
        "every vote on disk taken for chosen after a restart",
        NODE + "Opening.java",
        "      if (instance <= hint) {\n        for (",
        "      if (instance <= hint + 1) {\n        for (",
        2);

    /* Ballots. */
    add(
        "votes of another ballot counted",
        CORE + "Proposer.java",
        "if (present == null || !vote.ballot().equals(ballot)) {",
        "if (present == null) {");
    add(
        "a second value in one ballot",
        CORE + "Phase2.java",
        "new Accept(ballot, open.instance, open.value, window.counted())",
        "new Accept(ballot, open.instance, Value.NOOP, window.counted())",
        2);
    add(
        "chosen inferred without equal ballots",
        CORE + "Learner.java",
        "if (slot == null || !announced.equals(slot.accepted)) {",
        "if (slot == null) {",
        31);
    add(
        "an Accept taken as proof of the instance below it",
        CORE + "Inbound.java",
        "learner.announced(from, asked.ballot(), asked.upTo(), now);",
        "learner.announced(from, asked.ballot(), asked.instance() - 1, now);",
        1);
    add(
        "a vote below the promise",
        CORE + "Acceptor.java",
        "return promised.above(ballot) ? new Reject(ballot, promised) : null;",
        "return null;",
        14);
    add(
        "the value of the lowest ballot recovered",
        CORE + "Recovery.java",
        "best.merge(report.instance(), report, Recovery::better);",
        "best.putIfAbsent(report.instance(), report);");
    add(
        "a majority above a hole counted",
        CORE + "Window.java",
        "found.accepted |= voters.bit(node);",
        "open.peek().accepted |= voters.bit(node);",
        9);

    /* Membership. */
    add(
        "ballots of an old epoch go on after a change",
        CORE + "Phase2.java",
        "        changing = true;\n",
        "",
        19);
    add(
        "replies of non-members counted",
        CORE + "Voters.java",
        "return at < 0 ? 0 : 1L << at;",
        "return at < 0 ? 1L << 40 : 1L << at;",
        7);
    add(
        "no barrier behind a change",
        CORE + "Phase2.java",
        "while (!changing && window.next()",
        "while (window.next()",
        19);
    add(
        "a vote in an epoch that was not executed",
        CORE + "Acceptor.java",
        "  private @Nullable Message refuseVote(Ballot ballot) {\n"
            + "    if (ballot.epoch() > state.membership().version()) {",
        "  private @Nullable Message refuseVote(Ballot ballot) {\n    if (false) {",
        11);

    /* Leases. */
    add(
        "lease counted from the answer instead of the sending",
        CORE + "Heartbeats.java",
        "grant.sentNanos() + counted);",
        "now + counted);");
    add(
        "grant without its number",
        CORE + "Grants.java",
        "return from != null && from.stamp.equals(confirmed) ? from.until : Long.MIN_VALUE;",
        "return from != null && from.stamp.boot() == confirmed.boot() ? from.until :"
            + " Long.MIN_VALUE;");
    add(
        "no waiting after a restart",
        CORE + "Grants.java",
        "this.waitUntil = waitUntil;",
        "this.waitUntil = Long.MIN_VALUE;",
        72);
    add(
        "grants protect nothing",
        CORE + "Grants.java",
        "return Math.max(wait, left(to.until, now));",
        "return wait;",
        1);
    add(
        "a lease counted after its release",
        CORE + "Proposer.java",
        "  private void release(Voters itsVoters, long now) {\n    lease.spoil();\n",
        "  private void release(Voters itsVoters, long now) {\n",
        3);

    /* Reads. */
    add(
        "read without what Phase 1 recovered",
        CORE + "Phase2.java",
        "return Math.max(instances.chosenUpTo(), ownFirst - 1);",
        "return instances.chosenUpTo();",
        33);
    add(
        "read confirmed by a round from before the call",
        CORE + "Reads.java",
        "read.round = round + 1;",
        "read.round = round;");
    add(
        "read completed without confirmation",
        CORE + "Reads.java",
        "if (!read.majority && lease.leftNanos(now) > 0) {",
        "if (!read.majority) {");

    /* Entries. */
    add(
        "callback on timeout and again on execution",
        CORE + "Origin.java",
        "return first.stage == Stage.REPORTED ? null : first.ticket;",
        "return first.ticket;",
        8);
    add(
        "entry executed twice",
        MACHINE + "OriginTable.java",
        "if (!row(entry.node()).isFollowedBy(entry.boot(), entry.sequence())) {",
        "if (row(entry.node()).boot() > entry.boot()) {",
        2);
    add(
        "a fence that is not looked at",
        MACHINE + "GroupState.java",
        "return fenced ? Verdict.FENCED : Verdict.EXECUTE;",
        "return Verdict.EXECUTE;",
        6);
    add(
        "a timeout told as a cancellation",
        CORE + "Origin.java",
        "Status.TIMEOUT,",
        "Status.CANCELLED,",
        8);
  }
}
