package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** How messages, writes and outcomes read in a transcript. */
final class Words implements Message.Handler {

  private static final long MS = 1_000_000;

  private String said = "";

  private Words() {}

  static String of(Message message) {
    Words words = new Words();
    message.to(words, 0);
    String kind = message.getClass().getSimpleName();
    return words.said.isEmpty() ? kind : kind + " " + words.said;
  }

  static String of(Value value) {
    return value.kind() == Value.Kind.BATCH
        ? value.entries().stream().map(Words::of).collect(Collectors.joining(" "))
        : value.toString();
  }

  static String of(Entry entry) {
    String name = entry.node() + "." + entry.boot() + "#" + entry.sequence();
    return entry.isTombstone() ? name + "(tombstone)" : name + "(" + payload(entry) + ")";
  }

  private static String payload(Entry entry) {
    return new String(entry.bytes(), entry.offset(), entry.length(), StandardCharsets.UTF_8);
  }

  static String of(Membership membership) {
    String ids =
        membership.members().stream()
            .map(Member::nodeId)
            .map(String::valueOf)
            .collect(Collectors.joining(","));
    return "epoch " + membership.version() + " {" + ids + "}";
  }

  static String of(Write write) {
    String hint = "   hint " + write.hint();
    if (write instanceof Write.Promised it) {
      return "promised " + it.ballot() + (it.dropped() ? " dropped" : "") + hint;
    }
    if (write instanceof Write.Accepted it) {
      return "accepted " + it.instance() + " in " + it.ballot() + ": " + of(it.value()) + hint;
    }
    if (write instanceof Write.Covered it) {
      return "covered up to " + it.instance();
    }
    Write.Chosen it = (Write.Chosen) write;
    return "chosen " + it.instance() + ": " + of(it.value()) + hint;
  }

  static String of(Outcome outcome) {
    if (outcome instanceof Outcome.Decided it) {
      String answers =
          IntStream.range(0, it.verdicts().size())
              .mapToObj(i -> verdict(it, i))
              .collect(Collectors.joining());
      return "decides " + it.instance() + ": " + of(it.value()) + answers;
    }
    if (outcome instanceof Outcome.Installed it) {
      return "loads the checkpoint at " + it.instance();
    }
    if (outcome instanceof Outcome.Covered it) {
      return "answers " + it.ticket() + ": OK, by the checkpoint";
    }
    if (outcome instanceof Outcome.Ended it) {
      return "ends " + it.ticket() + ": " + it.status() + ", " + it.detail();
    }
    if (outcome instanceof Outcome.Answered it) {
      String at = it.instance() == 0 ? "" : " at " + it.instance();
      String why = it.detail().isEmpty() ? "" : ", " + it.detail();
      return "answers " + it.ticket() + ": " + it.status() + at + why;
    }
    if (outcome instanceof Outcome.ReadIndex it) {
      return "reads " + it.ticket() + " at " + it.index();
    }
    if (outcome instanceof Outcome.MasterChanged) {
      return "sees another master";
    }
    if (outcome instanceof Outcome.MembershipChanged it) {
      return "is in " + of(it.membership());
    }
    if (outcome instanceof Outcome.Prepared it) {
      return it.prepared() ? "is prepared" : "is not prepared any more";
    }
    if (outcome instanceof Outcome.Serve it) {
      return "serves " + it.node() + " from the log, from " + it.from() + " to " + it.upTo();
    }
    return "halts: " + ((Outcome.Halted) outcome).reason();
  }

  /** What becomes of an entry: shown where it is not simply executed for nobody. */
  private static String verdict(Outcome.Decided decided, int i) {
    Verdict verdict = decided.verdicts().get(i);
    Object ticket = decided.tickets().at(i);
    if (verdict == Verdict.EXECUTE && ticket == null) {
      return "";
    }
    String word = verdict.name().toLowerCase(Locale.ROOT);
    String which = of(decided.value().entries().get(i)).replaceAll("\\(.*", "");
    return ticket == null ? ", " + word + " " + which : ", " + word + " for " + ticket;
  }

  static String of(Stamp stamp) {
    return "(" + stamp.boot() + "/" + stamp.number() + ")";
  }

  private static String reports(List<Message.Report> reports) {
    return reports.stream()
        .map(
            it ->
                it.instance()
                    + (it.accepted() == null ? " chosen" : " in " + it.accepted())
                    + ": "
                    + of(it.value()))
        .collect(Collectors.joining("; ", "{", "}"));
  }

  @Override
  public void canvass(int from, Message.Canvass it) {
    said = it.ballot() + " from " + it.first();
  }

  @Override
  public void favour(int from, Message.Favour it) {
    said = it.ballot() + ", knows " + it.chosenUpTo();
  }

  @Override
  public void prepare(int from, Message.Prepare it) {
    said = it.ballot() + " from " + it.first();
    said += it.from() == it.first() ? "" : ", told up to " + (it.from() - 1);
  }

  @Override
  public void promise(int from, Message.Promise it) {
    String part =
        it.from() == it.first() && it.next() == 0
            ? ""
            : " part " + it.from() + (it.next() == 0 ? " to end" : " to before " + it.next());
    said =
        it.ballot() + " from " + it.first() + part + " " + reports(it.reports()) + of(it.stamp());
  }

  @Override
  public void reject(int from, Message.Reject it) {
    said = it.ballot() + ", promised " + it.promised();
  }

  @Override
  public void leased(int from, Message.Leased it) {
    said = it.ballot() + " for " + it.leftNanos() / MS + " ms";
  }

  @Override
  public void behind(int from, Message.Behind it) {
    said = it.ballot() + ", knows " + it.chosenUpTo();
  }

  @Override
  public void untaught(int from, Message.Untaught it) {
    said = it.ballot() + ", knows " + it.chosenUpTo();
  }

  @Override
  public void accept(int from, Message.Accept it) {
    said = it.ballot() + " " + it.instance() + ": " + of(it.value()) + ", up to " + it.upTo();
  }

  @Override
  public void accepted(int from, Message.Accepted it) {
    said = it.ballot() + " " + it.instance() + " " + of(it.stamp());
  }

  @Override
  public void chosen(int from, Message.Chosen it) {
    said = it.ballot() + " up to " + it.upTo();
  }

  @Override
  public void learn(int from, Message.Learn it) {
    said = "from " + it.from();
  }

  @Override
  public void learned(int from, Message.Learned it) {
    said =
        LongStream.range(0, it.values().size())
                .mapToObj(i -> (it.first() + i) + ": " + of(it.values().get((int) i)))
                .collect(Collectors.joining("; ", "{", "}"))
            + ", knows "
            + it.chosenUpTo();
  }

  @Override
  public void forward(int from, Message.Forward it) {
    said = it.entries().stream().map(Words::of).collect(Collectors.joining(" "));
  }

  @Override
  public void change(int from, Message.Change it) {
    said = "to " + it.ballot() + ": " + of(it.value()) + (it.force() ? " forced" : "");
  }

  @Override
  public void changeRefused(int from, Message.ChangeRefused it) {
    said = "by " + it.ballot() + ": " + it.status() + ", " + it.detail();
  }

  @Override
  public void confirm(int from, Message.Confirm it) {
    said = it.ballot() + " #" + it.ticket();
  }

  @Override
  public void confirmed(int from, Message.Confirmed it) {
    said = it.ballot() + " #" + it.ticket() + " " + of(it.stamp());
  }

  @Override
  public void release(int from, Message.Release it) {
    said = it.ballot().toString();
  }

  @Override
  public void released(int from, Message.Released it) {
    said = it.ballot().toString();
  }

  @Override
  public void read(int from, Message.Read it) {
    said = (it.majority() ? "with majority #" : "with lease #") + (it.id() & 0xFFFF);
  }

  @Override
  public void readAt(int from, Message.ReadAt it) {
    said = it.index() + " #" + (it.id() & 0xFFFF);
  }

  @Override
  public void succeed(int from, Message.Succeed it) {
    said = it.ballot().toString();
  }
}
