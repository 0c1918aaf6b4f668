package io.github.skywalker.examples.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The load on one seat.
 *
 * @param groups how many groups the system has
 * @param lanes for each operation in flight, the groups that it visits in turn; the open loop
 *     visits lane by lane
 * @param valueBytes the size of each value
 * @param reads the share of operations that are reads
 * @param rate operations a second of the open loop; 0 for the closed one
 */
record Load(int groups, List<List<Integer>> lanes, int valueBytes, double reads, long rate) {

  /**
   * Spreads a workload over seats.
   *
   * @param leaders for each group, the seat that leads it
   */
  static List<Load> spread(Workload work, int seats, int[] leaders) {
    List<List<List<Integer>>> lanes =
        IntStream.range(0, seats)
            .mapToObj(seat -> (List<List<Integer>>) new ArrayList<List<Integer>>())
            .toList();
    if (work.window() >= work.groups()) {
      for (int i = 0; i < work.window(); i++) {
        int group = i % work.groups();
        boolean atMaster = work.proposeAt() == Workload.ProposeAt.MASTER;
        int seat = atMaster ? leaders[group] : (group + i / work.groups()) % seats;
        lanes.get(seat).add(List.of(group));
      }
    } else {
      // Fewer in flight than groups: each goes round those that it can reach from its seat.
      for (int i = 0; i < work.window(); i++) {
        int seat = work.proposeAt() == Workload.ProposeAt.MASTER ? leaders[i] : i % seats;
        lanes.get(seat).add(round(work, i, seat, leaders));
      }
    }
    long all = lanes.stream().mapToLong(List::size).sum();
    return lanes.stream()
        .map(
            mine ->
                new Load(
                    work.groups(),
                    mine,
                    work.valueBytes(),
                    work.reads(),
                    mine.isEmpty() ? 0 : (work.rate() * mine.size() + all - 1) / all))
        .toList();
  }

  private static List<Integer> round(Workload work, int first, int seat, int[] leaders) {
    return IntStream.range(0, work.groups())
        .map(i -> (first + i) % work.groups())
        .filter(group -> work.proposeAt() == Workload.ProposeAt.ANY || leaders[group] == seat)
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    String shown =
        lanes.stream()
            .map(lane -> lane.stream().map(String::valueOf).collect(Collectors.joining("-")))
            .collect(Collectors.joining(","));
    return groups + " " + valueBytes + " " + reads + " " + rate + " " + shown;
  }

  static Load parse(String text) {
    String[] words = text.split(" ", -1);
    List<List<Integer>> lanes =
        words[4].isEmpty()
            ? List.of()
            : Stream.of(words[4].split(",", -1))
                .map(lane -> Stream.of(lane.split("-", -1)).map(Integer::valueOf).toList())
                .toList();
    return new Load(
        Integer.parseInt(words[0]),
        lanes,
        Integer.parseInt(words[1]),
        Double.parseDouble(words[2]),
        Long.parseLong(words[3]));
  }
}
