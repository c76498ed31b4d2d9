package everything;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.openchatops.v1.Argument;
import org.openchatops.v1.CommandMatch;
import org.openchatops.v1.HearMatch;
import org.openchatops.v1.Manifest;
import org.openchatops.v1.Route;
import org.openchatops.v1.RunPolicy;

/** The routes of the everything-handler, as conformance/everything/README.md lists them. */
final class Everything {
  private final Manifest.Builder manifest =
      Manifest.newBuilder().setVersion("1").setDescription("Does a little of all.").addScopes("store").addScopes("messages.write.direct");
  private final List<Call.Callback> callbacks = new ArrayList<>();

  Everything() {
    Route.Builder echo = command("echo {text...}", "Repeat some text.", call -> call.reply(call.text("text")));
    echo.addExamples("echo hello").getCommandBuilder().addDeprecated("shout {text...}");
    command("say {a} [and {b}] [--loud]", "Say what was understood.", call -> call.reply(
        "a=" + call.text("a") + " b=" + (call.has("b") ? call.text("b") : "absent") + " loud=" + call.argument("loud").getFlag()));
    command("add {a:integer} [{b:integer=2}]", "Add two numbers.", call -> call.reply(
        String.valueOf(call.argument("a").getInteger() + call.argument("b").getInteger())))
        .getCommandBuilder().addAliases("plus {a:integer} [{b:integer=2}]");
    command("join {names*}", "Join names.", call -> call.reply(
        call.argument("names").getList().getItemsList().stream().map(Argument::getText).collect(Collectors.joining("+"))));
    command("pick {env:prod|staging}", "Pick one.", call -> call.reply(call.text("env")));
    command("wait {long:duration}", "Say how long that is.", call -> call.reply(
        String.valueOf(Durations.toMillis(call.argument("long").getDuration()))));
    command("at {when:time}", "Say when that is.", call -> call.reply(Timestamps.toString(call.argument("when").getTime())));
    command("who {user:user}", "Say who that is.", call -> call.reply(call.argument("user").getUser().getUserId()));
    command("where {room:room}", "Say where that is.", call -> call.reply(call.argument("room").getRoom().getRoomId()));
    command("me", "Say who speaks where.", call -> call.reply(
        call.event().getActor().getUserId() + " in " + call.event().getAddress().getRoom().getRoomId()));

    command("two", "Reply twice.", call -> {
      call.reply("one");
      call.reply("two");
    });
    command("later", "Reply, work, reply.", call -> {
      call.reply("one");
      call.progress();
      call.sleep(Duration.ofMillis(300));
      call.reply("two");
    });
    command("private", "Reply to the person.", call -> call.replyDirect("just for you"));
    command("silent", "Reply nothing.", call -> { });

    command("tell", "Fail with a text.", call -> {
      throw new Call.Tell("This is for you.", forTheLog());
    });
    command("break", "Fail.", call -> {
      throw forTheLog();
    });
    command("again", "Ask for another attempt.", call -> {
      if (call.attempt() < 3) {
        throw new Call.RetryAfter(1);
      }
      call.reply("attempt " + call.attempt());
    });
    command("flaky", "Fail at first.", call -> {
      if (call.attempt() < 2) {
        throw forTheLog();
      }
      call.reply("attempt " + call.attempt());
    }).setRunPolicy(RunPolicy.RUN_POLICY_REPEATABLE);
    command("stuck", "Take too long.", call -> call.sleep(Duration.ofHours(1))).setMaxRun(Durations.fromMillis(200));

    command("count {name}", "Count.", call -> {
      call.reply(String.valueOf(call.counter(call.text("name"))));
      call.add(call.text("name"), 1);
    });
    command("fail {name}", "Count, and fail.", call -> {
      call.add(call.text("name"), 100);
      throw forTheLog();
    });
    command("once {n}", "Run once.", call -> {
      writeDown("once", call);
      call.sleep(Duration.ofMillis(30));
      call.reply("once " + call.text("n") + " ran");
    });
    command("safe {n}", "Run, and again if that is needed.", call -> {
      writeDown("safe", call);
      call.reply("safe " + call.text("n") + " begins");
      call.progress();
      call.sleep(Duration.ofMillis(150));
      call.reply("safe " + call.text("n") + " ran");
    }).setRunPolicy(RunPolicy.RUN_POLICY_REPEATABLE);

    command("restricted", "For some.", call -> call.reply("restricted")).addAllow("ops");
    command("dangerous {what}", "For few.", call -> call.reply("dangerous " + call.text("what"))).setDanger(true).addAllow("ops");
    add(call -> call.reply("ticket " + call.text("id")))
        .setName("ticket").setHelp("Listen for tickets.").setHear(HearMatch.newBuilder().setRegex("ticket (?P<id>[0-9]+)"));
  }

  Manifest manifest() {
    return manifest.build();
  }

  /** In the order of the routes in the manifest. */
  List<Call.Callback> callbacks() {
    return callbacks;
  }

  private Route.Builder command(String pattern, String help, Call.Callback callback) {
    return add(callback).setHelp(help).setCommand(CommandMatch.newBuilder().setPattern(pattern));
  }

  private Route.Builder add(Call.Callback callback) {
    callbacks.add(callback);
    return manifest.addRoutesBuilder();
  }

  private static Exception forTheLog() {
    return new IllegalStateException("this is for the log");
  }

  /** Says in a file which callback runs: what a killed process had begun is counted there. */
  private static void writeDown(String route, Call call) throws IOException {
    String runs = System.getenv("EVERYTHING_RUNS");
    if (runs != null) {
      String line = route + " " + call.text("n") + " " + call.attempt() + "\n";
      Files.writeString(Path.of(runs), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}
