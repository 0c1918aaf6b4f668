package io.github.skywalker.storage;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at the data directory of a node that is not running: is its log whole, what is in it, whose
 * is it. Changes nothing. {@link #main} is the command {@code log-tool}.
 */
public final class LogTool {

  /** What was asked for was found, and is whole. */
  public static final int WHOLE = 0;

  /** Something is damaged. */
  public static final int DAMAGED = 1;

  /** It could not be looked at: wrong arguments, no such directory, a node runs on it. */
  public static final int FAILED = 2;

  private static final int SHOWN_BYTES = 16;

  private static final String HELP =
      """
      Looks at the data directory of a node that is not running, and changes nothing.

        log-tool verify DIRECTORY     reads the whole log, and says what is damaged, if anything
        log-tool dump DIRECTORY       lists all batches and records
            --group=N                 only the records of this group
            --bytes=N                 shows so many bytes of each head and body; 16 if not given
        log-tool meta DIRECTORY       says whose directory it is, and what it knows of its peers

      DIRECTORY is what the node was given as its data directory: it holds node.meta and log/.
      Ends with 0 if nothing is wrong, 1 if something is damaged, 2 if it cannot look: the
      arguments are wrong, the directory is not there, or a node is using it. What dump shows may
      be no longer needed, and damaged for that reason: verify is the judge.
      """;

  private final PrintStream out;
  private int group = -1;
  private int shownBytes = SHOWN_BYTES;

  private LogTool(PrintStream out) {
    this.out = out;
  }

  /** The command; ends the process with {@link #WHOLE}, {@link #DAMAGED} or {@link #FAILED}. */
  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  /** As the command does, without ending the process; returns what it would end with. */
  static int run(PrintStream out, PrintStream err, String... arguments) {
    LogTool tool = new LogTool(out);
    try {
      return tool.run(new ArrayDeque<>(Arrays.asList(arguments)));
    } catch (DamagedException e) {
      out.println("DAMAGED: " + e.getMessage());
      return DAMAGED;
    } catch (IOException e) {
      err.println("log-tool: " + e.getMessage());
      return FAILED;
    } catch (IllegalArgumentException e) {
      err.println("log-tool: " + e.getMessage());
      err.println("Try log-tool --help.");
      return FAILED;
    }
  }

  private int run(Deque<String> arguments) throws IOException {
    String command = arguments.isEmpty() ? "" : arguments.removeFirst();
    if (command.equals("--help") || command.equals("-h") || command.equals("help")) {
      out.print(HELP);
      return WHOLE;
    }
    if (!List.of("verify", "dump", "meta").contains(command)) {
      throw new IllegalArgumentException(
          command.isEmpty() ? "no command was given" : "there is no command " + command);
    }
    Path directory = null;
    for (String argument : arguments) {
      if (argument.equals("--help") || argument.equals("-h")) {
        out.print(HELP);
        return WHOLE;
      } else if (command.equals("dump") && argument.startsWith("--group=")) {
        group = number(argument);
      } else if (command.equals("dump") && argument.startsWith("--bytes=")) {
        shownBytes = number(argument);
      } else if (argument.startsWith("-")) {
        throw new IllegalArgumentException(command + " has no option " + argument);
      } else if (directory == null) {
        directory = path(argument);
      } else {
        throw new IllegalArgumentException("more than one directory: " + argument);
      }
    }
    if (directory == null) {
      throw new IllegalArgumentException(command + " needs a directory");
    }
    try (OfflineLog log = new OfflineLog(directory)) {
      return switch (command) {
        case "verify" -> verify(log);
        case "dump" -> dump(log);
        default -> meta(log);
      };
    }
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("not a directory: " + argument, e);
    }
  }

  private static int number(String option) {
    String given = option.substring(option.indexOf('=') + 1);
    try {
      int number = Integer.parseInt(given);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(option + ": not a number from 0 up");
  }

  private int meta(OfflineLog log) {
    NodeMeta meta = log.meta();
    out.println("cluster        " + meta.clusterName());
    out.println("node           " + meta.nodeId());
    out.println("data id        " + HexFormat.of().formatHex(meta.dataId()));
    out.println("starts         " + meta.bootCount());
    out.println("log            " + (meta.hasLog() ? "made" : "not made yet"));
    out.println("longest lease  " + meta.longestLeaseNanos() / 1_000_000 + " ms");
    meta.peers()
        .forEach(
            (peer, dataId) ->
                out.println("peer " + peer + ", data id " + HexFormat.of().formatHex(dataId)));
    return WHOLE;
  }

  private int verify(OfflineLog log) throws IOException {
    PositionPages pages = log.pages();
    Positions positions = new Positions(pages);
    Recovery recovery = log.recover(positions, pages);
    out.println(
        log.directory()
            + ": node "
            + log.meta().nodeId()
            + " of cluster "
            + log.meta().clusterName());
    files(log, recovery);
    for (int each : positions.groups()) {
      out.println(
          "group "
              + each
              + ": "
              + (positions.state(each) == null ? "no state" : "state")
              + ", last instance "
              + positions.last(each)
              + ", cleaned up to "
              + positions.cleanedUpTo(each));
    }
    Map<Integer, String> damage = recovery.damage();
    if (damage.isEmpty()) {
      sayWhole(recovery);
      return WHOLE;
    }
    damage.forEach((each, what) -> out.println("DAMAGED, group " + each + ": " + what));
    out.println(
        "A vote of these groups may be lost, and of the others none. Where the node finds that all"
            + " that is lost was known chosen, the group learns it again when it is started, and"
            + " then votes; elsewhere it only learns. Put the files back as they were, or let a new"
            + " node, with a new id and an empty data directory, take this one's place.");
    return DAMAGED;
  }

  private void files(OfflineLog log, Recovery recovery) {
    Map<Path, List<String>> held = new TreeMap<>();
    for (SegmentScan.Run run : recovery.runs()) {
      held.computeIfAbsent(run.file().path(), unused -> new ArrayList<>())
          .add("batches " + run.first() + " to " + run.last().number());
    }
    for (SegmentFile file : log.files()) {
      List<String> runs = held.getOrDefault(file.path(), List.of("nothing that is needed"));
      out.println(file + ", " + file.capacity() + " bytes: " + String.join(", ", runs));
    }
  }

  private void sayWhole(Recovery recovery) {
    long newest = recovery.nextBatch() - 1;
    for (SegmentScan scan : recovery.scans()) {
      for (SegmentScan.Broken broken : scan.broken()) {
        if (broken.header().number() > newest) {
          out.println(
              "The last write, batch "
                  + broken.header().number()
                  + " at offset "
                  + broken.header().offset()
                  + " of "
                  + scan.file()
                  + ", is torn, as a kill or a power cut leaves it. It was not acknowledged.");
        }
      }
    }
    out.println("The log is whole, up to batch " + newest + ".");
  }

  private int dump(OfflineLog log) throws IOException {
    OfflineLog.Visitor printer =
        new OfflineLog.Visitor() {
          @Override
          public void batch(SegmentFile file, BatchFormat.Header header, boolean intact) {
            if (group < 0 || !intact) {
              out.printf(
                  ROOT,
                  "%s offset %d: batch %d, segment %d, oldest needed %d, %d bytes%s%n",
                  file.path().getFileName(),
                  header.offset(),
                  header.number(),
                  header.base(),
                  header.oldest(),
                  header.end() - header.offset(),
                  intact ? "" : ": ITS RECORDS CANNOT BE READ");
            }
          }

          @Override
          public void record(
              int code, int of, long instance, int offset, byte[] head, byte[] body) {
            if (group < 0 || group == of) {
              out.printf(
                  ROOT,
                  "  offset %d: group %d, %s%s%s%s%n",
                  offset,
                  of,
                  kind(code),
                  code == BatchFormat.STATE || code == BatchFormat.DROP ? "" : " " + instance,
                  shown(", head", head),
                  shown(", body", body));
            }
          }
        };
    for (SegmentFile file : log.files()) {
      log.visit(file, printer);
    }
    return WHOLE;
  }

  private static String kind(int code) {
    return switch (code) {
      case BatchFormat.STATE -> "state";
      case BatchFormat.VALUE -> "value of instance";
      case BatchFormat.CLEAN -> "clean up to";
      case BatchFormat.CLEANED -> "cleaned up to";
      case BatchFormat.DROP -> "drop";
      default -> "unknown kind " + code;
    };
  }

  private String shown(String name, byte[] bytes) {
    if (bytes.length == 0) {
      return "";
    }
    int length = Math.min(bytes.length, shownBytes);
    String hex = HexFormat.of().formatHex(bytes, 0, length);
    return name
        + " of "
        + bytes.length
        + " bytes "
        + hex
        + (length < bytes.length && length > 0 ? "…" : "");
  }
}
