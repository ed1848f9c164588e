"use strict";
const serialize = require("node-serialize");
const yaml = require("js-yaml");
const { OpenAI } = require("openai");
const v8 = require("v8");
const path = require("path");

const openai = new OpenAI();

function complete(prompt) {
  return openai.chat.completions
    .create({ model: "gpt-4o-mini", messages: [{ role: "user", content: prompt }] })
    .then((r) => r.choices[0].message.content);
}

async function withRetry(fn, n = 3) {
  for (let i = 0; ; i++) {
    try {
      return await fn();
    } catch (e) {
      if (i >= n) throw e;
    }
  }
}

exports.restore = async (hint) => {
  const text = await withRetry(() => complete(`Serialise the cart: ${hint}`));
  return serialize.unserialize(text);
};

exports.restoreJson = async (hint) => {
  const text = await withRetry(() => complete(`JSON of the cart: ${hint}`));
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

exports.restoreYaml = async (hint) => {
  const text = await complete(`YAML of the cart: ${hint}`);
  return yaml.load(text, { schema: yaml.JSON_SCHEMA });
};

exports.clone = (cart) => v8.deserialize(v8.serialize(cart));

exports.plugin = async (hint) => {
  const name = await complete(`plugin for ${hint}`);
  return require(path.join("../plugins", name));
};

exports.pluginListed = async (hint) => {
  const name = (await complete(`csv or xml for ${hint}`)).trim();
  if (!["csv", "xml"].includes(name)) throw new Error("plugin");
  return require(`../plugins/${name}`);
};

exports.later = (hint) =>
  complete(`js for ${hint}`).then((code) => {
    setTimeout(code, 50);
  });

exports.tick = () => setInterval("globalThis.beat = Date.now()", 1000);
