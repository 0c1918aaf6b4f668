package io.github.skywalker.examples.journey;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  Reply answer(String what) {
    return switch (what.toUpperCase(Locale.ROOT)) {
      case "NODE" -> Reply.lines(List.of(self()));
      case "MASTER" -> forEachGroup(this::master);
      case "MEMBERS" -> forEachGroup(this::members);
      case "REPORT" -> forEachGroup(this::report);
      default ->
          Reply.error(
              "ERR unknown JOURNEY command; there are NODE, MASTER, MEMBERS, REPORT and"
                  + " CHECKPOINT");
    };
  }

  /** Takes a checkpoint of every group on this node; completed when all are written, or failed. */
  CompletableFuture<Reply> checkpoint() {
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
    membership.members().forEach(member -> fields.with("member", member));
    return fields.toString();
  }

  private String report(int group) {
    GroupReport report = node.report(group);
    Fields fields =
        new Fields()
            .with("group", group)
            .with("node", report.nodeId())
            .with("phase", report.phase())
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
