const OpenAI = require("openai");

const openai = new OpenAI();

const tools = ["calculate", "double"].map((name) => ({
  type: "function",
  function: {
    name,
    parameters: { type: "object", properties: { expression: { type: "string" } } },
  },
}));

const handlers = {
  calculate: (args) => String(eval(args.expression)),
  double: (args) => {
    const n = Number(args.expression);
    if (Number.isNaN(n)) return "not a number";
    return String(eval(`${n} * 2`));
  },
};

async function answer(question) {
  const messages = [{ role: "user", content: question }];
  for (let turn = 0; turn < 5; turn++) {
    const completion = await openai.chat.completions.create({ model: "gpt-4o", messages, tools });
    const { message } = completion.choices[0];
    messages.push(message);
    if (!message.tool_calls) return message.content;
    message.tool_calls.forEach((call) => {
      const args = JSON.parse(call.function.arguments);
      const content = handlers[call.function.name](args);
      messages.push({ role: "tool", tool_call_id: call.id, content });
    });
  }
  return null;
}

module.exports = { answer };
