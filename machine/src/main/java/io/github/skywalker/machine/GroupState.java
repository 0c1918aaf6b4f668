package io.github.skywalker.machine;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state that every group has, and the machines that are built in: membership (1),
 * master (2), and the table of origins. Pure: the same values in the same order give the same state
 * on every node.
 */
public final class GroupState {

  /** What executing one value did to one of its entries. */
  public enum Verdict {
    /** It is its origin's next one: the user's machine executes it. */
    EXECUTE,
    /** It is its origin's next one, and only fills its place. */
    CANCEL,
    /** It is its origin's next one, but relies on a mastership that is over. */
    FENCED,
    /** It is not its origin's next one: a repeat, or out of turn. */
    PASS
  }

  private final OriginTable origins = new OriginTable();
  private Membership founding;
  private Membership membership;
  private @Nullable Master master;
  private Ballot masterBallot = Ballot.ZERO;
  private long executedUpTo;

  /** The state before the first instance. */
  public GroupState(Membership founding) {
    this.founding = founding;
    this.membership = founding;
  }

  /** A copy, which goes its own way; there must have been an instance. */
  public GroupState copy() {
    GroupState copy = new GroupState(founding);
    copy.become(image());
    return copy;
  }

  /** Whether this is a joiner that has not learned yet who founded the group. */
  public boolean isUnfounded() {
    return founding.members().isEmpty();
  }

  /** Tells a joiner, before its first instance, who founded the group. */
  public void found(Membership itsFounding) {
    if (executedUpTo != 0 || !isUnfounded()) {
      throw new IllegalStateException("The group is founded already");
    }
    founding = itsFounding;
    membership = itsFounding;
  }

  /** The state as it is now; there must have been an instance. */
  public GroupImage image() {
    return new GroupImage(executedUpTo, founding, membership, master, masterBallot, origins.rows());
  }

  /** Goes on from an image, as if everything up to its instance had been executed here. */
  public void become(GroupImage image) {
    if (image.instance() <= executedUpTo) {
      throw new IllegalStateException(
          "Executed " + executedUpTo + ", and then the image of " + image.instance());
    }
    if (!isUnfounded() && !founding.equals(image.founding())) {
      throw new IllegalStateException("The image is of a group that others founded");
    }
    founding = image.founding();
    membership = image.membership();
    master = image.master();
    masterBallot = image.masterBallot();
    executedUpTo = image.instance();
    origins.become(image.origins());
  }

  /** The membership that the group was founded with. */
  public Membership founding() {
    return founding;
  }

  /**
   * Executes the next value.
   *
   * @param instance the instance after {@link #executedUpTo}
   * @return for each entry of a batch, in order, what becomes of it; empty for other kinds
   */
  public List<Verdict> execute(long instance, Value value) {
    if (instance != executedUpTo + 1) {
      throw new IllegalStateException("Executed " + executedUpTo + ", and then " + instance);
    }
    executedUpTo = instance;
    switch (value.kind()) {
      case BATCH -> {
        return judge(value.entries());
      }
      case CHANGE -> change(instance, value.change());
      case MASTER -> elect(instance, value.mastership());
      case NOOP -> {}
    }
    return List.of();
  }

  private List<Verdict> judge(List<Entry> entries) {
    List<Verdict> verdicts = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      verdicts.add(judge(entry));
    }
    return verdicts;
  }

  private Verdict judge(Entry entry) {
    if (!origins.admit(entry)) {
      return Verdict.PASS;
    }
    if (entry.isTombstone()) {
      return Verdict.CANCEL;
    }
    boolean fenced = entry.fence() != 0 && (master == null || master.version() != entry.fence());
    return fenced ? Verdict.FENCED : Verdict.EXECUTE;
  }

  private void change(long instance, Value.Change change) {
    if (change.expected() == membership.version()) {
      apply(membership, instance, change.steps()).ifPresent(changed -> membership = changed);
    }
  }

  private void elect(long instance, Value.Mastership mastership) {
    Optional<Member> member = membership.find(mastership.node());
    if (member.isPresent() && mastership.ballot().above(masterBallot)) {
      master = new Master(member.get(), instance);
      masterBallot = mastership.ballot();
    }
  }

  /**
   * What the steps make of a membership, all together.
   *
   * @return empty if a step adds whom it has, removes or replaces whom it lacks, or if nobody is
   *     left, or too many
   */
  public static Optional<Membership> apply(
      Membership from, long version, List<MembershipChange> steps) {
    SortedMap<Integer, Member> members = new TreeMap<>();
    from.members().forEach(member -> members.put(member.nodeId(), member));
    for (MembershipChange step : steps) {
      if (!apply(members, step)) {
        return Optional.empty();
      }
    }
    if (steps.isEmpty() || members.isEmpty() || members.size() > Membership.MAX_MEMBERS) {
      return Optional.empty();
    }
    return Optional.of(new Membership(version, new java.util.TreeSet<>(members.values())));
  }

  private static boolean apply(SortedMap<Integer, Member> members, MembershipChange step) {
    if (step instanceof MembershipChange.Add add) {
      return members.putIfAbsent(add.member().nodeId(), add.member()) == null;
    }
    if (step instanceof MembershipChange.Remove remove) {
      return members.remove(remove.nodeId()) != null;
    }
    MembershipChange.Replace replace = (MembershipChange.Replace) step;
    return members.remove(replace.nodeId()) != null
        && members.putIfAbsent(replace.by().nodeId(), replace.by()) == null;
  }

  /** Everything up to this instance was executed. */
  public long executedUpTo() {
    return executedUpTo;
  }

  /** The membership; its version is the epoch. */
  public Membership membership() {
    return membership;
  }

  /** The mastership that was executed last; null if there was none. */
  public @Nullable Master master() {
    return master;
  }

  /** The ballot of that mastership. */
  public Ballot masterBallot() {
    return masterBallot;
  }

  /** The table of origins. */
  public OriginTable origins() {
    return origins;
  }
}
