import sqlite3

import anthropic

client = anthropic.Anthropic()
conn = sqlite3.connect("usage.db")


def answer(question: str) -> str:
    msg = client.messages.create(
        model="claude-sonnet-4-20250514",
        max_tokens=400,
        messages=[{"role": "user", "content": question}],
    )
    used = msg.usage.input_tokens + msg.usage.output_tokens
    conn.execute(f"INSERT INTO usage(tokens) VALUES ({used})")
    text = msg.content[0].text
    conn.execute("INSERT INTO answers(body) VALUES ('%s')" % text)
    conn.execute("INSERT INTO lengths(n) VALUES (%d)" % len(text))
    conn.commit()
    return text


def save_question(question: str) -> None:
    conn.execute(f"INSERT INTO questions(body) VALUES ('{question}')")
    conn.commit()


if __name__ == "__main__":
    q = input("? ")
    save_question(q)
    print(answer(q))
