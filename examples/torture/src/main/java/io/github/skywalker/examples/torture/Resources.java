package io.github.skywalker.examples.torture;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Node;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node's process takes, and what its groups say. */
final class Resources {

  private Resources() {}

  static NodeStatus status(
      Node node,
      Path data,
      List<KeyValueMachine> machines,
      long proposals,
      long callbacks,
      long doubled) {
    List<NodeStatus.Group> groups = new ArrayList<>();
    for (int group : node.groups()) {
      groups.add(group(node.report(group), machines.get(group)));
    }
    return new NodeStatus(
        node.self().nodeId(),
        groups,
        proposals,
        callbacks,
        doubled,
        ManagementFactory.getThreadMXBean().getThreadCount(),
        openFilesOutside(data),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
  }

  private static NodeStatus.Group group(GroupReport report, KeyValueMachine machine) {
    return new NodeStatus.Group(
        report.group(),
        report.membership().version(),
        report.membership().members().stream().map(member -> member.nodeId()).toList(),
        report.master().map(master -> master.member().nodeId()).orElse(0),
        report.isMaster(),
        report.chosenUpTo(),
        report.appliedUpTo(),
        report.pendingProposals(),
        report.haltReason().orElse(""),
        machine.digest(),
        machine.stateHash());
  }

  /** Sockets too, but not the files of the log, which may be many; 0 where the system is mute. */
  private static int openFilesOutside(Path data) {
    @Nullable String[] files = new File("/proc/self/fd").list();
    int count = 0;
    if (files != null) {
      for (String file : files) {
        count += isWithin(Path.of("/proc/self/fd", String.valueOf(file)), data) ? 0 : 1;
      }
    }
    return count;
  }

  private static boolean isWithin(Path link, Path data) {
    try {
      return Files.readSymbolicLink(link).startsWith(data);
    } catch (IOException closedMeanwhile) {
      return true;
    }
  }
}
