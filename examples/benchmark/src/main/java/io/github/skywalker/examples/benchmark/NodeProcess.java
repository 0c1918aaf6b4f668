package io.github.skywalker.examples.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The other end of {@link RemoteSeat}: answers lines until there are no more. */
final class NodeProcess {

  private final NodeSeat seat;
  private final ProcessCpu cpu = new ProcessCpu();

  private NodeProcess(NodeSeat seat) {
    this.seat = seat;
  }

  static void serve(NodeSeat seat, InputStream in, PrintStream out) throws IOException {
    NodeProcess process = new NodeProcess(seat);
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8));
    out.println(Child.READY);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int space = line.indexOf(' ');
      String word = space < 0 ? line : line.substring(0, space);
      out.println(process.answer(word, line.substring(space + 1)));
    }
  }

  private String answer(String word, String rest) {
    return switch (word) {
      case "led" -> join(seat.led());
      case "report" -> seat.report(Integer.parseInt(rest));
      case "begin" -> {
        seat.begin(Load.parse(rest));
        yield Child.READY;
      }
      case "take" -> seat.take().withCpu(cpu.takeNanos()).toString();
      case "finish" -> {
        Answers answers = seat.finish();
        yield join(answers.done()) + ";" + join(answers.unknown());
      }
      case "digests" -> join(seat.digests().get(0));
      default -> Child.TROUBLE + "no such request: " + word;
    };
  }

  private static String join(List<?> things) {
    return things.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static String join(long[] numbers) {
    return join(LongStream.of(numbers).boxed().toList());
  }
}
