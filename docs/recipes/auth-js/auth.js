import NextAuth from "next-auth";
import Cognito from "next-auth/providers/cognito";

// The provider reads AUTH_COGNITO_ID, AUTH_COGNITO_SECRET and AUTH_COGNITO_ISSUER.
export const { auth, handlers, signIn, signOut } = NextAuth({ providers: [Cognito] });
