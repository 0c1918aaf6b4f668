package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.paxos.core.Contenders;
import io.github.skywalker.paxos.core.Grants;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.storage.DamagedException;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.LogWriter;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one group: puts its replica back as the log left it, and hands what is known chosen to the
 * machines again. Of what is held above that, nobody knows here whether it was chosen: those are
 * votes.
 */
final class Opening {

  private static final String REPLACE =
      " A vote may be lost: the group learns and serves reads here, and does not vote any more. Let"
          + " a new node, with a new id and an empty data directory, take the place of this one.";

  private static final Logger log = LoggerFactory.getLogger(Opening.class);

  private final GroupOptions group;
  private final NodeOptions node;
  private final World world;
  private final Storage storage;
  private final Grants grants;
  private final Contenders contenders;
  private final LongSupplier tailShare;

  Opening(
      GroupOptions group,
      NodeOptions node,
      World world,
      Storage storage,
      Grants grants,
      Contenders contenders,
      LongSupplier tailShare) {
    this.group = group;
    this.node = node;
    this.world = world;
    this.storage = storage;
    this.grants = grants;
    this.contenders = contenders;
    this.tailShare = tailShare;
  }

  /**
   * Opens it; {@link Group#start} lets it take part.
   *
   * @param isNew whether nobody reckons with it yet: then it is refused if its state cannot be read
   */
  Group open(
      boolean isNew,
      RunLoop loop,
      Executor applyLoop,
      RunLoop checkpointLoop,
      Executor callbacks,
      LogWriter writer,
      Probe probe,
      Group.Surroundings surroundings)
      throws IOException {
    LogStore store = storage.log();
    String lost = store.damage().get(group.id());
    if (isNew && lost != null) {
      throw new DamagedException(
          lost + " Group " + group.id() + " may have been removed from this node for good.");
    }
    String unreadable = null;
    Records.@Nullable State state = null;
    try {
      LogRecord record = store.state(group.id());
      state = record == null ? null : Records.readState(record);
    } catch (DamagedException damaged) {
      if (isNew) {
        throw damaged; // It may have been removed, and nobody could tell.
      }
      unreadable = "its promise cannot be read from the log: " + damaged.getMessage();
    }
    if (state != null && state.dropped()) {
      throw new IOException(
          "Group "
              + group.id()
              + " was removed from node "
              + node.self().nodeId()
              + ". The ids of groups are not used again: take it out of the options, or give the"
              + " new group another id");
    }
    Membership founding = founding(state);
    // Who does not know yet who founded the group cannot execute what is left of it.
    GroupLosses losses = lost == null || founding.members().isEmpty() ? null : losses(store);
    Ballot promised = state == null ? Ballot.ZERO : state.promised();
    if (losses != null) {
      promised = losses.promised();
    }
    Replica replica = new Replica(options(), promised, founding, grants, contenders);
    GroupCheckpoints kept = storage.checkpoints(group.id());
    Group opened =
        new Group(
            node.self().nodeId(),
            storage.boot(),
            group,
            world,
            loop,
            replica,
            store,
            writer,
            kept,
            applyLoop,
            checkpointLoop,
            callbacks,
            probe,
            node.observer(),
            surroundings);
    String fault =
        unreadable != null
            ? unreadable
            : fill(store, kept, state == null ? 0 : state.hint(), losses, replica, opened);
    opened.opened(fault);
    return opened;
  }

  /** What a damaged group has lost; null if that may be votes. */
  private @Nullable GroupLosses losses(LogStore store) throws IOException {
    try {
      GroupLosses losses = GroupLosses.of(store, group.id());
      return losses.canBeLearned() ? losses : null;
    } catch (DamagedException unreadable) {
      return null; // The group only learns, for the damage that was found first.
    }
  }

  private Replica.Options options() {
    return new Replica.Options(
        node.self().nodeId(),
        storage.boot(),
        group.useMaster(),
        group.windowInstances(),
        group.maxValueBytes(),
        group.retryPeriod().toNanos(),
        group.maxElectionDelay().toNanos(),
        node.lease().toNanos(),
        tailShare,
        world.seed());
  }

  private Membership founding(Records.@Nullable State state) throws IOException {
    Membership given = group.membership().orElse(NOBODY);
    if (state == null || state.founding().members().isEmpty()) {
      return given;
    }
    if (!given.members().isEmpty() && !given.equals(state.founding())) {
      throw new IOException(
          "Group "
              + group.id()
              + " was founded with "
              + state.founding().members()
              + ", as the log of node "
              + node.self().nodeId()
              + " says, but its options name "
              + given.members()
              + ". The founding membership never changes: give that one; later members are in the"
              + " log");
    }
    return state.founding();
  }

  private static final Membership NOBODY = new Membership(0, emptySet());

  private static SortedSet<io.github.skywalker.api.Member> emptySet() {
    return new TreeSet<>();
  }

  /**
   * Puts into the replica what is on disk, as far as it can be trusted.
   *
   * @param losses what is lost of a damaged log, if that can be learned again
   * @return why the group must halt; null if it need not
   */
  private @Nullable String fill(
      LogStore store,
      @Nullable GroupCheckpoints kept,
      long stateHint,
      @Nullable GroupLosses losses,
      Replica replica,
      Group opened)
      throws IOException {
    long last = store.last(group.id());
    Progress progress =
        new Progress(
            world.clock(),
            (done, all) ->
                log.info("Group {}: replayed {} of {} instances", group.id(), done, all));
    String found = store.damage().get(group.id());
    String damage = losses == null ? found : null;
    long hint = 0; // With damage, what the log holds newest need not be what was written last.
    try {
      if (losses != null) {
        hint = losses.hint();
      } else if (damage == null) {
        hint = hint(store, stateHint, last, progress);
      }
    } catch (DamagedException unreadable) {
      damage = unreadable.getMessage();
    }
    String fault = kept == null ? null : restore(store, kept, hint, losses, replica, opened);
    try {
      if (fault == null && damage == null) {
        fault = replay(store, hint, last, losses, replica, opened, progress);
      }
    } catch (DamagedException unreadable) {
      damage = unreadable.getMessage();
    }
    if (damage != null) {
      replica.learnOnly(damage + REPLACE);
    } else if (fault == null && losses != null && replica.damage() == null) {
      learnAgain(found, hint, losses, replica, opened);
    }
    return fault;
  }

  /** All that may be lost was known chosen: the group votes when it knows that again. */
  private void learnAgain(
      @Nullable String found, long hint, GroupLosses losses, Replica replica, Group opened) {
    long from = replica.chosenUpTo() + 1;
    if (from > hint) {
      log.error("Group {}: {} Nothing that is lost there is needed.", group.id(), found);
      return;
    }
    log.error(
        "Group {}: {} All votes that may be lost there were for what is known chosen: it is learned"
            + " again, of the instances from {} to {}, and the group votes here when it is.",
        group.id(),
        found,
        from,
        hint);
    replica.learnAgain(hint);
    opened.recall(losses);
  }

  /**
   * Begins with the newest checkpoint that is whole, if there is one.
   *
   * @param hint up to where the log knows what is chosen
   * @param losses what is lost of a damaged log, if that can be learned again
   * @return why the group must halt; null if it need not
   */
  private @Nullable String restore(
      LogStore store,
      GroupCheckpoints kept,
      long hint,
      @Nullable GroupLosses losses,
      Replica replica,
      Group opened)
      throws IOException {
    boolean trusted = !kept.isLoading();
    long held = opened.applier().leastExecuted();
    GroupImage image =
        WholeCheckpoint.find(group.id(), kept, instance -> !trusted || held < instance);
    if (image != null) {
      opened.replay(replica.replayCheckpoint(image), trusted);
      long cleaned = store.cleanedUpTo(group.id());
      if (hint < image.instance()
          || (losses != null && losses.isDoubtfulWithin(cleaned, image.instance()))) {
        opened.cover(image.instance());
      }
    } else if (!trusted && opened.applier().heldUpTo() > 0) {
      return "its machines were loading a checkpoint when the node went down, and it is not there"
          + " any more";
    }
    return null;
  }

  /**
   * Reads what the log holds, and hands it on. If something is missing, what follows it up to the
   * hint waits in the log until that was learned.
   *
   * @return why the group must halt; null if it need not
   */
  private @Nullable String replay(
      LogStore store,
      long hint,
      long last,
      @Nullable GroupLosses losses,
      Replica replica,
      Group opened,
      Progress progress)
      throws IOException {
    long covered = replica.chosenUpTo();
    if (covered < store.cleanedUpTo(group.id())) {
      replica.learnOnly(
          "Its log was cleaned up to instance "
              + store.cleanedUpTo(group.id())
              + ", and no whole checkpoint covers that. It votes again when another node has given"
              + " it one, and this node is started anew.");
      return null;
    }
    for (long instance = covered + 1; instance <= Math.max(last, hint); instance++) {
      if (instance <= hint && replica.chosenUpTo() < instance - 1) {
        continue; // It waits for what is lost before it.
      }
      LogRecord record = store.read(group.id(), instance);
      if (losses != null && instance <= hint && (record == null || losses.isDoubtful(instance))) {
        continue;
      }
      if (record == null) {
        if (instance <= hint) {
          return "its log lacks instance " + instance + ", which was chosen";
        }
        continue;
      }
      Records.Held held = Records.readHeld(record);
      if (instance <= hint) {
        opened.replay(replica.replayChosen(instance, held.value()), true);
      } else {
        replica.replayVote(instance, held.ballot(), held.value());
      }
      progress.reached(instance, last);
    }
    return null;
  }

  /**
   * Up to where everything is known chosen: the greatest hint of any record. The records at the
   * highest instances are not always those that were written last. A value that was learned was
   * written when everything below it was known chosen.
   */
  private long hint(LogStore store, long stateHint, long last, Progress progress)
      throws IOException {
    LogRecord newest = last == 0 ? null : store.read(group.id(), last);
    long hint = newest == null ? stateHint : Math.max(stateHint, Records.readHeld(newest).hint());
    for (long instance = hint + 1; instance <= last; instance++) {
      progress.reached(0, last); // It is only looked through for that.
      LogRecord record = store.read(group.id(), instance);
      if (record != null) {
        Records.Held held = Records.readHeld(record);
        hint = Math.max(hint, held.knownChosen(instance));
      }
    }
    return hint;
  }
}
