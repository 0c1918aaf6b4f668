package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.ThreadLoop;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * A process that does nothing but write to a log, for tests that kill it or let its disk fail. It
 * says {@code ok group instance} once an append is on disk, and {@code failed why} when the log
 * takes no more; then it ends with 3.
 */
final class LogProcess {

  static final int GROUPS = 3;
  static final int FAILED = 3;

  /** Appends under way at once. */
  private static final int IN_FLIGHT = 20;

  private LogProcess() {}

  /** The value of an instance, which tells by itself which one it is. */
  static LogRecord value(int group, long instance, int bytes) {
    byte[] body = new byte[bytes];
    Arrays.fill(body, (byte) (instance * 31 + group));
    byte[] head = (group + "/" + instance).getBytes(US_ASCII);
    return new LogRecord(group, LogRecord.Kind.VALUE, instance, head, body);
  }

  /**
   * Starts one.
   *
   * @param wrapper a command to run it below, or nothing
   * @param values how many are written in all
   * @param kept so many of its newest values each group keeps
   */
  static Process start(
      List<String> wrapper, Path data, long reserveBytes, int valueBytes, long values, long kept)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            LogProcess.class.getName(),
            data.toString(),
            Long.toString(reserveBytes),
            Integer.toString(valueBytes),
            Long.toString(values),
            Long.toString(kept)));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(data.resolveSibling("stderr").toFile()))
        .start();
  }

  /** Reads what it says until it ends, and notes what it was told is on disk. */
  static String follow(BufferedReader said, Map<Integer, Long> acknowledged, int atMost)
      throws IOException {
    int count = 0;
    String line = said.readLine();
    while (line != null) {
      if (line.startsWith("failed ")) {
        return line;
      }
      String[] words = line.split(" ", -1);
      if (words.length == 3 && words[0].equals("ok")) {
        acknowledged.merge(Integer.parseInt(words[1]), Long.parseLong(words[2]), Math::max);
        count++;
      }
      if (count >= atMost) {
        return line;
      }
      line = said.readLine();
    }
    return "";
  }

  /** Whoever has started it is gone when nobody can write to it any more. */
  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (IOException gone) {
                // It cannot be read from either.
              }
              Runtime.getRuntime().halt(1);
            });
    watch.setDaemon(true);
    watch.start();
  }

  public static void main(String[] arguments) throws Exception {
    endWithParent();
    Path data = Path.of(arguments[0]);
    long reserveBytes = Long.parseLong(arguments[1]);
    int valueBytes = Integer.parseInt(arguments[2]);
    long values = Long.parseLong(arguments[3]);
    long kept = Long.parseLong(arguments[4]);
    ThreadLoop background = new ThreadLoop("background", Clock.SYSTEM);
    Journal journal;
    try {
      NodeDirectory directory =
          NodeDirectory.open(new FileDisk(), data, "cluster", 1, new byte[] {1, 2, 3});
      journal =
          Journal.open(
              new FileDisk(),
              directory.logDirectory(),
              directory.dataId(),
              new JournalOptions(64 << 10, reserveBytes, directory.hasLog()),
              background,
              LevelDbIndex.open(data.resolve("index"), reserveBytes),
              Progress.silent());
      directory.noteLog();
    } catch (IOException e) {
      System.out.println("failed at opening: " + e.getMessage());
      System.exit(FAILED);
      return;
    }
    LogWriter writer =
        new LogWriter(
            journal,
            new ThreadLoop("log", Clock.SYSTEM),
            Clock.SYSTEM,
            (records, bytes, nanos) -> {},
            LogWriter.DEFAULT_MAX_BATCH_BYTES);
    Semaphore room = new Semaphore(IN_FLIGHT);
    long[] next = new long[GROUPS];
    for (int group = 0; group < GROUPS; group++) {
      next[group] = Math.max(journal.last(group), journal.cleanedUpTo(group));
    }
    for (long i = 0; i < values; i++) {
      room.acquire();
      int group = (int) (i % GROUPS);
      long instance = ++next[group];
      List<LogRecord> records = new ArrayList<>();
      records.add(value(group, instance, valueBytes));
      if (instance % 10 == 0 && instance > kept) {
        records.add(JournalBench.clean(group, instance - kept));
      }
      writer.append(records, completion(group, instance, room));
    }
    room.acquire(IN_FLIGHT);
    writer.close();
    System.exit(0);
  }

  private static LogWriter.Completion completion(int group, long instance, Semaphore room) {
    return new LogWriter.Completion() {
      @Override
      public void synced() {
        System.out.println("ok " + group + " " + instance);
        room.release();
      }

      @Override
      public void failed(IOException why) {
        System.out.println("failed " + why.getMessage());
        System.exit(FAILED);
      }
    };
  }
}
