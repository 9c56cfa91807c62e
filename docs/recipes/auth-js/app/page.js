import { redirect } from "next/navigation";
import { auth, signIn, signOut } from "../auth";

async function begin() {
  "use server";
  await signIn("cognito");
}

async function end() {
  "use server";
  await signOut({ redirect: false });
  // signOut deletes the cookie of the application. This URL also ends the session of managed login.
  const query = new URLSearchParams({
    client_id: process.env.AUTH_COGNITO_ID,
    logout_uri: process.env.AUTH_URL,
  });
  redirect(`${process.env.COGNITO_DOMAIN}/logout?${query}`);
}

export default async function Page() {
  const session = await auth();
  return (
    <main>
      <h1>Auth.js with the emulator</h1>
      <p role="status">{session ? `Signed in as ${session.user.email}.` : "Signed out."}</p>
      <form action={session ? end : begin}>
        <button>{session ? "Sign out" : "Sign in"}</button>
      </form>
    </main>
  );
}
