import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

export async function runQuery(text: string) {
  const client = await pool.connect();
  try {
    const res = await client.query(text);
    return res.rows;
  } finally {
    client.release();
  }
}

export async function findUser(email: string) {
  const res = await pool.query("SELECT id, name FROM users WHERE email = $1", [email]);
  return res.rows[0] ?? null;
}

export async function health() {
  const res = await pool.query("SELECT 1 AS ok");
  return res.rows[0].ok === 1;
}
