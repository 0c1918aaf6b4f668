package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A node in a process of its own: asks a line, and is answered one. */
final class RemoteSeat implements Seat {

  private final Child child;

  private RemoteSeat(Child child) {
    this.child = child;
  }

  static RemoteSeat start(Member self, List<Member> members, Workload work, Path directory)
      throws IOException {
    List<String> command = new ArrayList<>(Child.java());
    command.add(Main.class.getName());
    command.addAll(
        List.of("node", "--id", String.valueOf(self.nodeId()), "--directory", "" + directory));
    command.addAll(
        List.of("--members", String.join(",", members.stream().map(Member::toString).toList())));
    command.addAll(WorkloadOptions.words(work));
    return new RemoteSeat(Child.start(command));
  }

  @Override
  public List<Integer> led() throws IOException {
    return split(child.ask("led")).map(Integer::valueOf).toList();
  }

  /** How a group stands there, in words. */
  String report(int group) throws IOException {
    return child.ask("report " + group);
  }

  @Override
  public void begin(Load load) throws IOException {
    child.ask("begin " + load);
  }

  @Override
  public Sample take() throws IOException {
    return Sample.parse(child.ask("take"));
  }

  @Override
  public Answers finish() throws IOException {
    String[] parts = child.ask("finish").split(";", -1);
    return new Answers(longs(parts[0]), longs(parts[1]));
  }

  private static long[] longs(String text) {
    return split(text).flatMapToLong(word -> LongStream.of(Long.parseLong(word))).toArray();
  }

  @Override
  public List<List<Digest>> digests() throws IOException {
    return List.of(split(child.ask("digests")).map(Digest::parse).toList());
  }

  private static Stream<String> split(String line) {
    return line.isEmpty() ? Stream.of() : Stream.of(line.split(" ", -1));
  }

  /** Ends the process as a crash would. */
  void kill() {
    child.kill();
  }

  @Override
  public void close() throws IOException {
    child.close();
  }
}
