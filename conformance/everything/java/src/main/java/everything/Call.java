package everything;

import com.google.protobuf.util.Durations;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openchatops.v1.*;

/** A delivery while its callback runs, in one thread. */
final class Call {
  /** What runs when a route matched. What it throws decides how the delivery ends. */
  interface Callback {
    void run(Call call) throws Exception;
  }

  /** Fails with a text for the person. */
  static final class Tell extends Exception {
    Tell(String text, Exception why) {
      super(text, why);
    }
  }

  /** Asks to be run again, at another attempt. */
  static final class RetryAfter extends Exception {
    final long millis;

    RetryAfter(long millis) {
      super("it asks to be run again");
      this.millis = millis;
    }
  }

  /** The callback should end: nobody waits for its answer any more, or the program stops. */
  static final class Stopped extends Exception {
    Stopped() {
      super("it was told to stop");
    }
  }

  private final Replica replica;
  private final Bot bot;
  private final Delivery delivery;
  private final Map<String, Argument> arguments = new HashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Transaction.Builder transaction = Transaction.newBuilder();
  private Completion.Builder next;
  private int keys;
  private boolean lost; // the delivery is another's now, or over

  Call(Replica replica, Bot bot, Delivery delivery) {
    this.replica = replica;
    this.bot = bot;
    this.delivery = delivery;
    for (Argument argument : delivery.getMatch().getArgumentsList()) {
      arguments.put(argument.getName(), argument);
    }
    next = completion();
  }

  HeldLease lease() {
    return HeldLease.newBuilder().setDeliveryId(delivery.getDeliveryId()).setLeaseId(delivery.getLeaseId()).build();
  }

  boolean of(String deliveryId) {
    return delivery.getDeliveryId().equals(deliveryId);
  }

  Event event() {
    return delivery.getEvent();
  }

  /** 1 at first. */
  int attempt() {
    return delivery.getAttempt();
  }

  /** Whether an argument was typed or has a default. */
  boolean has(String name) {
    return arguments.containsKey(name);
  }

  /** An argument; one that is absent has the empty value of each type. */
  Argument argument(String name) {
    return arguments.getOrDefault(name, Argument.getDefaultInstance());
  }

  String text(String name) {
    return argument(name).getText();
  }

  /** Replies where the delivery came from, together with the next completion. */
  void reply(String text) {
    next.addSends(Send.newBuilder().setKey(key()).setMessage(message(text)));
  }

  /** Commits the replies so far. The callback goes on. */
  void progress() throws Exception {
    if (!complete(next.setProgress(Progress.getDefaultInstance()))) {
      throw lost ? new Stopped() : new IllegalStateException("the bot did not take what was replied");
    }
    next = completion();
  }

  /** Replies to the person in their direct room; it is on its way when this returns. */
  void replyDirect(String text) throws StatusException {
    InDelivery in = InDelivery.newBuilder().setDeliveryId(delivery.getDeliveryId()).setLeaseId(delivery.getLeaseId()).setKey(key()).build();
    RoomRef room = RoomRef.newBuilder().setUserId(event().getActor().getUserId()).build();
    OutgoingMessage.Builder message = message(text).setTo(Address.newBuilder().setRoom(room));
    bot.chat().sendMessage(SendMessageRequest.newBuilder().setInDelivery(in).setMessage(message).build());
  }

  /** What a counter of the store holds; 0 if there is none. */
  long counter(String key) throws StatusException {
    GetResponse found = bot.storage().get(GetRequest.newBuilder().addKeys(key).build());
    return found.getEntriesCount() == 0 ? 0 : Long.parseLong(found.getEntries(0).getValue().toStringUtf8());
  }

  /** Adds to a counter of the store if the delivery ends well, and else not. */
  void add(String key, long delta) {
    transaction.addWrites(Write.newBuilder().setAdd(Add.newBuilder().setKey(key).setDelta(delta)));
  }

  /** Waits, and throws if the callback is told to stop meanwhile. */
  void sleep(Duration time) throws Stopped, InterruptedException {
    if (stop.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new Stopped();
    }
  }

  /** Tells the callback to stop. It completes as usual. */
  void stop() {
    stop.countDown();
  }

  /** Runs a callback and returns how it ended; what was replied and not committed goes along. */
  Completion.Builder run(Callback callback) {
    try {
      if (callback == null || !delivery.hasEvent()) {
        throw new UnsupportedOperationException("this handler has nothing for the route " + delivery.getRoute());
      }
      callback.run(this);
      return next.setDone(Done.newBuilder().setTransact(transaction));
    } catch (RetryAfter e) {
      return next.setRetry(Retry.newBuilder().setDelay(Durations.fromMillis(e.millis)).setReason(e.getMessage()));
    } catch (Tell e) {
      return next.setFail(failure(String.valueOf(e.getCause())).setUserText(e.getMessage()));
    } catch (Throwable e) { // whatever it is: a delivery that is not completed would look as if it ran
      String why = e instanceof Stopped ? e.getMessage() : e.toString();
      boolean repeatable = delivery.getRunPolicy() == RunPolicy.RUN_POLICY_REPEATABLE;
      return repeatable ? next.setRetry(Retry.newBuilder().setReason(why)) : next.setFail(failure(why));
    }
  }

  /** Ends the delivery. If the bot does not take that, it ends badly and without replies. */
  void end(Completion.Builder how) throws InterruptedException, StatusException {
    if (!complete(how) && !lost) {
      complete(completion().setFail(failure("the bot refused how it ended")));
    }
  }

  /** Gives the delivery back: nothing of it was started. */
  void release() throws InterruptedException, StatusException {
    complete(completion().setRelease(Release.newBuilder().setReason("this replica leaves, or all its slots are taken")));
  }

  private boolean complete(Completion.Builder how) throws InterruptedException, StatusException {
    CompletionResult result = replica.complete(how.build());
    if (result.getVerdict() != Verdict.VERDICT_REFUSED) {
      return true;
    }
    lost = Replica.reason(result.getError()).equals("LEASE_LOST");
    Replica.log("delivery " + delivery.getDeliveryId() + ": the bot refuses a completion: " + result.getError().getMessage());
    return false;
  }

  private Completion.Builder completion() {
    return Completion.newBuilder().setDeliveryId(delivery.getDeliveryId()).setLeaseId(delivery.getLeaseId());
  }

  private OutgoingMessage.Builder message(String text) {
    return OutgoingMessage.newBuilder().setContent(Content.newBuilder().setText(text));
  }

  /** Unique in the delivery, and at each attempt the same: what was said is not said again. */
  private String key() {
    return String.valueOf(++keys);
  }

  private static Fail.Builder failure(String why) {
    return Fail.newBuilder().setError(Status.newBuilder().setCode(Code.UNKNOWN_VALUE).setMessage(why));
  }
}
