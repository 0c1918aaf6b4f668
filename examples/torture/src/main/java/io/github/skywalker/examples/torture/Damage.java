package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Files that are not what they were when a node comes back. It must then say what is wrong, or mend
 * it; and never answer wrongly. One that cannot go on is replaced by another, as its operator would
 * do.
 *
 * <p>The node is stopped in order before: of what was written last before a kill, nobody can tell
 * whether it was damaged or never whole.
 */
final class Damage {

  private static final int TRIES = 1000;
  private static final int WATCH_MILLIS = 1500;
  private static final int LOOK_MILLIS = 50;

  private final Plan plan;
  private final Cluster cluster;
  private final Members members;
  private final Care care;
  private final Findings findings;
  private final Random random;

  Damage(Plan plan, Cluster cluster, Members members, Care care, Findings findings, Random random) {
    this.plan = plan;
    this.cluster = cluster;
    this.members = members;
    this.care = care;
    this.findings = findings;
    this.random = random;
  }

  /** Damages what a node has stored, and sees what it does about it. */
  void strike(Fault fault, int node) throws IOException, InterruptedException {
    if (cluster.nodes().size() < 3) {
      return;
    }
    cluster.stop(node);
    String what = damage(fault, node);
    care.start(node);
    NodeProcess process = cluster.process(node);
    process.expectEnd();
    if (process.awaitReady(Cluster.START_MILLIS)) {
      List<String> halts = watch(node);
      if (halts.isEmpty() && process.isAlive()) {
        findings.note(what + ": node " + node + " goes on");
        return;
      }
      findings.note(what + ": node " + node + " goes on without " + halts);
    } else if (process.isAlive()) {
      findings.wrong(what + ": node " + node + " neither starts nor refuses");
    } else if (process.exitCode() == Main.REFUSED) {
      findings.note(what + ": node " + node + " refuses: " + care.lastWords(node));
    } else {
      findings.wrong(
          what
              + ": node "
              + node
              + " ended with "
              + process.exitCode()
              + ": "
              + care.lastWords(node));
    }
    replace(node);
  }

  /** The groups that halt, as soon as one does; that none does takes the whole time to tell. */
  private List<String> watch(int node) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WATCH_MILLIS);
    List<String> halts = halts(node);
    while (halts.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(LOOK_MILLIS);
      halts = halts(node);
    }
    return halts;
  }

  private List<String> halts(int node) {
    List<String> halts = new ArrayList<>();
    NodeStatus status = members.statuses().get(node);
    if (status != null) {
      for (NodeStatus.Group group : status.groups()) {
        if (!group.halted().isEmpty()) {
          halts.add("group " + group.group() + " (" + group.halted() + ")");
        }
      }
    }
    return halts;
  }

  /** Puts a new node, with a new id and an empty disk, in the place of one that goes for good. */
  void replace(int node) throws IOException, InterruptedException {
    if (cluster.nodes().size() < 3) {
      return;
    }
    int fresh = cluster.make();
    care.start(fresh);
    care.revive(List.of(fresh));
    String why = members.change(node, fresh, 30L * plan.leaseMillis());
    if (!why.isEmpty()) {
      findings.note("node " + node + " is not wholly replaced by " + fresh + ": " + why);
    }
    cluster.abandon(node);
  }

  private String damage(Fault fault, int node) throws IOException {
    Path file = file(node);
    String name = cluster.data(node).relativize(file).toString();
    switch (fault) {
      case FLIPPED_BIT -> {
        long place = flipBit(file);
        return "bit flipped in byte " + place + " of " + name;
      }
      case CUT_FILE -> {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate((long) (random.nextDouble() * meaningful(file)));
          return name + " cut to " + channel.size() + " bytes";
        }
      }
      case DELETED_FILE -> {
        Files.delete(file);
        return name + " deleted";
      }
      default -> {
        List<Integer> others = new ArrayList<>(cluster.nodes());
        others.remove((Integer) node);
        int other = others.get(random.nextInt(others.size()));
        Files.copy(file(other), file, StandardCopyOption.REPLACE_EXISTING);
        return name + " replaced by one of node " + other;
      }
    }
  }

  /** Mostly one of the log; else of a checkpoint, or the one that says whose directory it is. */
  private Path file(int node) throws IOException {
    Path data = cluster.data(node);
    int draw = random.nextInt(6);
    List<Path> all = draw == 0 ? List.of() : files(data.resolve(draw == 1 ? "groups" : "log"));
    if (draw > 2) {
      all = all.stream().filter(file -> meaningful(file) > 0).toList();
    }
    return all.isEmpty() ? data.resolve("node.meta") : all.get(random.nextInt(all.size()));
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** How long a file is up to the last byte that is not zero: files of the log are made ahead. */
  private static long meaningful(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException unreadable) {
      return 0;
    }
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return length;
  }

  /** One of those that mean something: most of a new file is zeros. */
  private long flipBit(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      long place = 0;
      for (int i = 0; i < TRIES; i++) {
        place = (long) (random.nextDouble() * channel.size());
        one.clear();
        channel.read(one, place);
        if (one.get(0) != 0) {
          break;
        }
      }
      one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(8)));
      one.rewind();
      channel.write(one, place);
      return place;
    }
  }
}
