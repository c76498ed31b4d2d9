"""The library with which authors write plugins for OpenChatOps, a chat bot for operations.

A handler runs code when a route matches::

    import openchatops as oco

    handler = oco.Handler("echo")

    @handler.command("echo {text...}")
    async def echo(msg: oco.Message, text: str):
        \"\"\"Repeat some text.\"\"\"
        msg.reply(text)

    if __name__ == "__main__":
        oco.main(handler)

There is nothing to acknowledge: a delivery is done when its callback returned, and what
it replied commits together with that outcome. An adapter, which connects the bot to a
chat service, is a subclass of Adapter, given to AdapterPlugin. A program that only sends
and reads uses Client.dial.
"""

from . import _needs as _needs
from ._arguments import Arg
from ._log import trace_id
from ._main import main, run
from .adapter import (
    Adapter,
    AdapterPlugin,
    Bot,
    CustomEvent,
    Description,
    Incoming,
    IncomingMessage,
    MessageRef,
    Outgoing,
    Place,
    PublishError,
    UserLookup,
)
from .client import Client, Command, Handle
from .errors import (
    BotError,
    Cancelled,
    Conflict,
    DeclarationError,
    DeliveryEnded,
    EndedElsewhere,
    Expired,
    Fenced,
    KeyRefused,
    LeaseLost,
    MaxRunOver,
    MaybeSent,
    NoSuch,
    NotSent,
    NotTheBot,
    OcoError,
    Permanent,
    RegistrationRefused,
    RetryAfter,
    SettingsChanged,
    Stopping,
    Tell,
    UsageError,
    WrongSettings,
)
from .handler import Handler
from .message import (
    MEMBER_JOINED,
    MEMBER_LEFT,
    REACTION_ADDED,
    REACTION_REMOVED,
    ROOM_CREATED,
    ROOM_DELETED,
    ROOM_UPDATED,
    Event,
    Message,
)
from .settings import Settings, setting
from .store import Entry, Store, Transaction
from .values import (
    AccountStatus,
    BotStatus,
    Change,
    File,
    Level,
    MemberChange,
    Mention,
    Notify,
    Order,
    Outcome,
    PluginStatus,
    Reaction,
    Room,
    RoomChange,
    RoomKind,
    SendReason,
    To,
    User,
)

__version__ = "0.1.0"

__all__ = [
    "MEMBER_JOINED",
    "MEMBER_LEFT",
    "REACTION_ADDED",
    "REACTION_REMOVED",
    "ROOM_CREATED",
    "ROOM_DELETED",
    "ROOM_UPDATED",
    "AccountStatus",
    "Adapter",
    "AdapterPlugin",
    "Arg",
    "Bot",
    "BotError",
    "BotStatus",
    "Cancelled",
    "Change",
    "Client",
    "Command",
    "Conflict",
    "CustomEvent",
    "DeclarationError",
    "DeliveryEnded",
    "Description",
    "EndedElsewhere",
    "Entry",
    "Event",
    "Expired",
    "Fenced",
    "File",
    "Handle",
    "Handler",
    "Incoming",
    "IncomingMessage",
    "KeyRefused",
    "LeaseLost",
    "Level",
    "MaxRunOver",
    "MaybeSent",
    "MemberChange",
    "Mention",
    "Message",
    "MessageRef",
    "NoSuch",
    "NotSent",
    "NotTheBot",
    "Notify",
    "OcoError",
    "Order",
    "Outcome",
    "Outgoing",
    "Permanent",
    "Place",
    "PluginStatus",
    "PublishError",
    "Reaction",
    "RegistrationRefused",
    "RetryAfter",
    "Room",
    "RoomChange",
    "RoomKind",
    "SendReason",
    "Settings",
    "SettingsChanged",
    "Stopping",
    "Store",
    "Tell",
    "To",
    "Transaction",
    "UsageError",
    "User",
    "UserLookup",
    "WrongSettings",
    "main",
    "run",
    "setting",
    "trace_id",
]
