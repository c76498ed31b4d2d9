// The echo that is measured, as an author writes it with the library.
import { Handler } from "@openchatops/oco";

const echo = new Handler("typescript");
echo.maxInFlight = 1000;

echo.command("typescript {text...}", "Say it again.", ({ msg, args }) => {
  msg.reply(args.text);
});

await echo.run();
