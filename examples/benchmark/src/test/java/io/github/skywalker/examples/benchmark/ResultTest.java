package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ResultTest {

  private static final Limit LIMIT =
      new Limit(
          1000,
          2,
          new Limit.Times(400_000, 900_000, 5_000_000, 2000),
          new Limit.Times(100_000, 200_000, 300_000, 9000),
          50_000,
          25_000,
          800);

  private static Result result(int groups, int window, long operations) {
    Workload work =
        new Workload(
            groups,
            100,
            window,
            Duration.ZERO,
            Duration.ofSeconds(2),
            Workload.Mode.ONE_JVM,
            Workload.ProposeAt.MASTER,
            Workload.Storage.JOURNAL,
            Path.of("data"),
            0,
            0);
    Histogram latencies = new Histogram(Sample.DIGITS);
    latencies.recordValueWithCount(1_000_000, operations);
    Sample sample = new Sample(latencies, new Histogram(Sample.DIGITS), 3, 20_000_000);
    return new Result("skywalker", work, sample, 2, 7_000_000, LIMIT);
  }

  @Test
  void aLimitIsTheLesserOfWhatLatencyAndProcessorsAllow() {
    assertEquals(500_000, LIMIT.leastLatencyNanos());
    assertEquals(1000, LIMIT.cpuNanos()); // Three appends and two exchanges for a thousand.
    assertEquals(2_000_000, LIMIT.mostPerSecond(), 1e-6); // A thousand for each half millisecond.
    Limit busy = new Limit(1000, 1, LIMIT.sync(), LIMIT.roundTrip(), 50_000, 25_000, 3800);
    assertEquals(250_000, busy.mostPerSecond(), 1e-6); // Four microseconds of one processor each.
  }

  @Test
  void theLineOfJsonBeginsWithWhatIsPromised() {
    String json = result(8, 1024, 20_000).json();
    assertTrue(
        json.startsWith(
            "{\"system\":\"skywalker\",\"mode\":\"1jvm\",\"groups\":8,\"valueBytes\":100,"
                + "\"window\":1024,\"sync\":true,\"opsPerSec\":10000,\"p50us\":1000,"
                + "\"p99us\":1000,\"p999us\":1000,\"maxus\":1000,\"ops\":20000,\"errors\":3,"),
        json);
    assertTrue(json.contains("\"ofLimit\":0.005"), json);
    assertTrue(json.contains("\"cpuUsPerOp\":1.000"), json);
    assertEquals(10_000, Table.median(List.of(json), "opsPerSec"));
  }

  @Test
  void theTableNamesTheLimit() {
    String table = result(1, 1, 20_000).table();
    assertTrue(table.contains("10,000/s, 8.0 Mbit/s"), table);
    assertTrue(table.contains("of what the machine can do, 2,000,000/s"), table);
  }

  @Test
  void aMedianIsThatOfTheFigureItself() {
    List<String> lines = List.of("{\"x\":3}", "{\"x\":1}", "{\"x\":200}");
    assertEquals(3, Table.median(lines, "x"));
    assertEquals(2, Table.median(lines.subList(0, 2), "x"));
  }

  @Test
  void casesAreReadFromTheCommandLine() {
    assertEquals(
        List.of(new Table.Case(8, 100, 1024), new Table.Case(1, 1024, 64)),
        Table.parse(List.of("8x100x1024", "1x1024x64")));
  }

  @Test
  void aFileOfFiguresHasTheirNamesOnTop() {
    List<String> lines = Csv.of(List.of(result(1, 1, 10), result(8, 64, 10))).lines().toList();
    assertEquals(3, lines.size());
    assertTrue(lines.get(0).startsWith("system,mode,groups"));
    assertTrue(lines.get(2).startsWith("skywalker,1jvm,8,100,64,true,5.000,"), lines.get(2));
    assertEquals(lines.get(0).split(",").length, lines.get(2).split(",").length);
  }

  @Test
  void aChartHasALineForEachNumberOfGroupsAndEachPointInItsFrame() throws Exception {
    String svg =
        Chart.of(
            List.of(
                result(1, 1, 2000),
                result(1, 1024, 400_000),
                result(8, 1, 1800),
                result(8, 1024, 390_000)));
    Document drawn =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertEquals(2, drawn.getElementsByTagName("polyline").getLength());
    NodeList points = drawn.getElementsByTagName("circle");
    assertEquals(4, points.getLength());
    double width = Double.parseDouble(drawn.getDocumentElement().getAttribute("width"));
    double height = Double.parseDouble(drawn.getDocumentElement().getAttribute("height"));
    for (int i = 0; i < points.getLength(); i++) {
      Element point = (Element) points.item(i);
      double x = Double.parseDouble(point.getAttribute("cx"));
      double y = Double.parseDouble(point.getAttribute("cy"));
      assertTrue(x > 0 && x < width && y > 0 && y < height, x + ", " + y);
    }
  }

  @Test
  void anotherProcessReadsTheSameSample() {
    Sample sample = result(1, 1, 12).sample();
    assertEquals(sample, Sample.parse(sample.toString()));
  }
}
