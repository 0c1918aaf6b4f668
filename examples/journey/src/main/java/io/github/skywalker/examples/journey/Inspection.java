package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Cluster;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntFunction;

/**
 * Answers the JOURNEY commands: what this node knows of itself and its groups. Each answer is an
 * array of lines, one for each group, of fields as {@link Fields} writes them.
 */
final class Inspection {

  private final Node node;

  Inspection(Node node) {
    this.node = node;
  }

  /**
   * Does what a JOURNEY command says.
   *
   * @param what its first word, in capitals
   * @param words those behind it
   * @return completed by any thread, never exceptionally
   */
  CompletableFuture<Reply> answer(String what, List<String> words) {
    try {
      return switch (what + "/" + words.size()) {
        case "NODE/0" -> now(Reply.lines(List.of(self())));
        case "MASTER/0" -> now(forEachGroup(this::master));
        case "MEMBERS/0" -> now(forEachGroup(this::members));
        case "REPORT/0" -> now(forEachGroup(this::report));
        case "CHECKPOINT/0" -> checkpoint();
        case "ADD/1" -> change(new MembershipChange.Add(Member.parse(words.get(0))));
        case "REMOVE/1" -> change(new MembershipChange.Remove(id(words.get(0))));
        case "REPLACE/2" ->
            change(new MembershipChange.Replace(id(words.get(0)), Member.parse(words.get(1))));
        default ->
            now(
                Reply.error(
                    "ERR unknown JOURNEY command; there are NODE, MASTER, MEMBERS, REPORT,"
                        + " CHECKPOINT, ADD member, REMOVE id and REPLACE id member"));
      };
    } catch (IllegalArgumentException wrong) {
      return now(Reply.error("ERR " + wrong.getMessage()));
    }
  }

  private static CompletableFuture<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private static int id(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException noNumber) {
      throw new IllegalArgumentException("A node is named by its id; got " + word, noNumber);
    }
  }

  /** Changes the membership of all groups; one line for each group that says how it ended. */
  private CompletableFuture<Reply> change(MembershipChange change) {
    return node.changeEverywhere(change)
        .thenApply(
            results -> {
              List<String> lines = new ArrayList<>();
              results.forEach(
                  (group, result) ->
                      lines.add(
                          new Fields()
                              .with("group", group)
                              .with("status", result.status())
                              .with("version", result.instance())
                              .with("detail", result.detail())
                              .toString()));
              return Reply.lines(lines);
            });
  }

  /** Takes a checkpoint of every group on this node; completed when all are written, or failed. */
  private CompletableFuture<Reply> checkpoint() {
    SortedMap<Integer, String> lines = new ConcurrentSkipListMap<>();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int group : node.groups()) {
      Fields fields = new Fields().with("group", group).with("node", node.self().nodeId());
      all.add(
          node.checkpoint(group)
              .handle(
                  (instance, failure) ->
                      lines.put(
                          group,
                          (failure == null
                                  ? fields.with("checkpoint", instance)
                                  : fields.with("failed", String.valueOf(failure.getMessage())))
                              .toString())));
    }
    return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
        .thenApply(nothing -> Reply.lines(List.copyOf(lines.values())));
  }

  private String self() {
    return new Fields()
        .with("node", node.self().nodeId())
        .with("address", node.self())
        .with("groups", node.groups().size())
        .toString();
  }

  private Reply forEachGroup(IntFunction<String> line) {
    List<String> lines = new ArrayList<>();
    node.groups().forEach(group -> lines.add(line.apply(group)));
    return Reply.lines(lines);
  }

  private String master(int group) {
    Fields fields = new Fields().with("group", group);
    node.master(group).ifPresent(master -> addMaster(fields, master));
    return fields.toString();
  }

  private static void addMaster(Fields fields, Master master) {
    fields.with("master", master.member().nodeId());
    fields.with("address", master.member());
    fields.with("version", master.version());
  }

  private String members(int group) {
    Membership membership = node.membership(group);
    Fields fields = new Fields().with("group", group).with("version", membership.version());
    Cluster cluster = node.cluster(group);
    membership.members().forEach(member -> fields.with("member", member));
    cluster.followers().forEach(follower -> fields.with("follower", follower));
    return fields.toString();
  }

  private String report(int group) {
    GroupReport report = node.report(group);
    Fields fields =
        new Fields()
            .with("group", group)
            .with("node", report.nodeId())
            .with("phase", report.phase())
            .with("isMember", report.membership().contains(report.nodeId()))
            .with("isMaster", report.isMaster())
            .with("chosenUpTo", report.chosenUpTo())
            .with("appliedUpTo", report.appliedUpTo())
            .with("checkpoint", report.checkpointInstance())
            .with("log", report.logInstances())
            .with("pending", report.pendingProposals());
    report.master().ifPresent(master -> fields.with("master", master.member().nodeId()));
    report
        .fetching()
        .ifPresent(
            fetching ->
                fields
                    .with("fetchingFrom", fetching.fromNode())
                    .with("fetchedBytes", fetching.doneBytes())
                    .with("totalBytes", fetching.totalBytes()));
    report.haltReason().ifPresent(reason -> fields.with("halted", reason));
    return fields.toString();
  }
}
