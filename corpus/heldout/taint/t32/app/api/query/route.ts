import { NextResponse } from "next/server";
import { generateText } from "ai";
import { openai } from "@ai-sdk/openai";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function POST(req: Request) {
  const { question } = await req.json();
  const { text } = await generateText({
    model: openai("gpt-4o"),
    system: "Write one PostgreSQL SELECT. Only SQL.",
    prompt: question,
  });
  const rows = await prisma.$queryRawUnsafe(text);
  return NextResponse.json({ rows });
}

export async function PUT(req: Request) {
  const { question } = await req.json();
  const { text } = await generateText({
    model: openai("gpt-4o"),
    system: "Extract the customer name.",
    prompt: question,
  });
  const rows = await prisma.$queryRaw`SELECT * FROM customer WHERE name = ${text}`;
  return NextResponse.json({ rows });
}

export async function GET() {
  const rows = await prisma.$queryRawUnsafe("SELECT count(*) FROM customer");
  return NextResponse.json({ rows });
}
