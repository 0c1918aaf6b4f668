package io.github.skywalker.machine;

import static io.github.skywalker.machine.GroupStateTest.membership;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.util.Mutator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Whatever comes as the state of a group is one that a group may have, or is refused. */
class MutatedImagesTest {

  private static final GroupImage YOUNG =
      new GroupImage(
          1, membership(0, 1, 2, 3), membership(0, 1, 2, 3), null, Ballot.ZERO, new TreeMap<>());

  private static GroupImage old() {
    TreeMap<Integer, OriginTable.Row> origins = new TreeMap<>();
    origins.put(1, new OriginTable.Row(1, 1));
    origins.put(2, new OriginTable.Row(7, 1L << 40));
    origins.put(300, new OriginTable.Row(1 << 20, 77));
    Member master = new Member(4, "ünïcode.example", 7004);
    return new GroupImage(
        1_000,
        membership(0, 1, 2, 3),
        new Membership(900, new TreeSet<>(List.of(master, new Member(5, "::1", 1)))),
        new Master(master, 950),
        new Ballot(900, 12, 4, 3),
        origins);
  }

  @Test
  void theStateOfAGroupIsReadOrRefused() throws Exception {
    new Mutator(1, YOUNG.encode(), old().encode())
        .check(
            MalformedValueException.class,
            input -> {
              GroupImage read = GroupImage.decode(input);
              assertEquals(read, GroupImage.decode(read.encode()));
              GroupState joined = new GroupState(new Membership(0, new TreeSet<>()));
              joined.become(read);
              assertEquals(read, joined.image());
            });
  }
}
