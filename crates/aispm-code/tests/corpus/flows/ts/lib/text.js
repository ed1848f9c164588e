export function codeOf(text) {
  const found = text.match(/```([\s\S]*?)```/);
  return found ? found[1] : text;
}

export const lengthOf = (text) => text.length;
