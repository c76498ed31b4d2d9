// Package texts is the catalogue of all that the bot itself says in chat: a text for
// each key, in English unless the operator translates or rewords it.
//
// A text is one whole sentence, or several, with named placeholders, so that a
// translator can move its parts. What a person, a plugin or the machine wrote stands
// in placeholders alone, and is never read as a text. What must be put together of
// several texts, such as the units of a time, has a text of its own that says how.
//
// Handlers are plugins with texts of their own: none of theirs is here.
package texts
