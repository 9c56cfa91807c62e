// Tests sign-ins through a SAML provider of others: samlify.

import { randomUUID } from "node:crypto";
import { CreateIdentityProviderCommand, GetSigningCertificateCommand } from "@aws-sdk/client-cognito-identity-provider";
import forge from "node-forge";
import { Constants, IdentityProvider, ServiceProvider, setSchemaValidator } from "samlify";
import { CALLBACK, addClient, check, claims as claimsOf, operator } from "./providers.mjs";

const { binding, nameIDFormat } = { ...Constants.namespace, nameIDFormat: Constants.namespace.format };

// The emulator's requests are checked by their content below, not by a schema.
setSchemaValidator({ validate: async () => "not checked" });

/** Returns a new key and its self-signed certificate, both in PEM. */
function identity() {
  const { publicKey, privateKey } = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = "01";
  certificate.validity.notBefore = new Date(Date.now() - 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const name = [{ name: "commonName", value: "samlify" }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(privateKey, forge.md.sha256.create());
  return [forge.pki.privateKeyToPem(privateKey), forge.pki.certificateToPem(certificate)];
}

const ASSERTION = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{AssertionID}" Version="2.0" IssueInstant="{Now}">
<saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${nameIDFormat.emailAddress}">{Name}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{End}" Recipient="{To}"{InResponseTo}/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{Now}" NotOnOrAfter="{End}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience>
</saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{Now}" SessionIndex="{AssertionID}">
<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="mail">
<saml:AttributeValue>{Name}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`;

const RESPONSE = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="{ID}" Version="2.0" IssueInstant="{Now}" Destination="{To}"{InResponseTo}>
<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode
 Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${ASSERTION}</samlp:Response>`;

/** The rows, by name. */
export async function saml(endpoint, pool) {
  const aws = operator(endpoint, pool);
  const [privateKey, signingCert] = identity();
  const issuer = "https://samlify.example/metadata";
  const [audience, to] = [`urn:amazon:cognito:sp:${pool}`, `${endpoint}/saml2/idpresponse`];

  const idp = IdentityProvider({
    entityID: issuer,
    privateKey,
    signingCert,
    wantAuthnRequestsSigned: true,
    requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    singleSignOnService: [{ Binding: binding.redirect, Location: "https://samlify.example/sso" }],
    loginResponseTemplate: { context: RESPONSE, attributes: [] },
  });
  const { Certificate } = await aws.send(new GetSigningCertificateCommand({ UserPoolId: pool }));
  const sp = (wantMessageSigned) =>
    ServiceProvider({
      entityID: audience,
      authnRequestsSigned: true,
      signingCert: Certificate,
      wantAssertionsSigned: true,
      wantMessageSigned,
      assertionConsumerService: [{ Binding: binding.post, Location: to }],
    });

  await aws.send(
    new CreateIdentityProviderCommand({
      UserPoolId: pool,
      ProviderName: "Samlify",
      ProviderType: "SAML",
      ProviderDetails: {
        IDPInit: "true",
        MetadataFile: idp.getMetadata(),
        RequestSigningAlgorithm: "rsa-sha256",
      },
      AttributeMapping: { email: "mail" },
    }),
  );
  const client = await addClient(aws, pool, "Samlify");
  const claims = (back) => claimsOf(endpoint, client, back);
  const authorization = new URLSearchParams({
    client_id: client,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid",
  });

  /** Begins a sign-in. The provider verifies the signature of the request. */
  async function begin() {
    const answer = await fetch(`${endpoint}/oauth2/authorize?${authorization}`, { redirect: "manual" });
    const cookie = answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
    const url = new URL(answer.headers.get("location"));
    check(url.href.startsWith("https://samlify.example/sso?"), url.href);
    const query = Object.fromEntries(url.searchParams);
    const octetString = url.search.slice(1).split("&Signature=")[0];
    const request = await idp.parseLoginRequest(sp(false), "redirect", { query, octetString });
    check(request.extract.issuer === audience, JSON.stringify(request.extract));
    check(request.extract.request.assertionConsumerServiceUrl === to, JSON.stringify(request.extract));
    return { cookie, state: query.RelayState, request };
  }

  /** Returns a response of the provider. `changes` replace the values in it. */
  async function respond({ request }, name, changes = {}, signsMessage = false) {
    const now = Date.now();
    const id = request?.extract.request.id;
    const values = {
      ID: `_${randomUUID()}`,
      AssertionID: `_${randomUUID()}`,
      Audience: audience,
      End: new Date(now + 300_000).toISOString(),
      InResponseTo: id ? ` InResponseTo="${id}"` : "",
      Issuer: issuer,
      Name: name,
      Now: new Date(now).toISOString(),
      To: to,
      ...changes,
    };
    const fill = (template) => ({
      id: values.ID,
      context: template.replaceAll(/\{(\w+)\}/gu, (_, tag) => values[tag]),
    });
    const user = { email: name };
    const options = { customTagReplacement: fill };
    const { context } = await idp.createLoginResponse(sp(signsMessage), request ?? {}, "post", user, options);
    return context;
  }

  /** Sends a response, and returns the URL of the app client. */
  async function send({ cookie, state }, response) {
    const headers = { cookie };
    const body = new URLSearchParams({ SAMLResponse: response, RelayState: state });
    const answer = await fetch(to, { method: "POST", body, headers, redirect: "manual" });
    check(answer.headers.has("location"), `${answer.status}: ${await answer.text()}`);
    return new URL(answer.headers.get("location"));
  }

  async function signIn(name, changes, signsMessage) {
    const begun = await begin();
    return send(begun, await respond(begun, name, changes, signsMessage));
  }

  function refused(back, reason) {
    const description = back.searchParams.get("error_description");
    check(description === `Invalid SAML response received: ${reason}. `, `${back}`);
    check(back.searchParams.get("error") === "server_error", `${back}`);
  }

  return {
    "first sign-in with a signed request": async () => {
      const found = await claims(await signIn("Ann@example.com"));
      check(found["cognito:username"] === "samlify_ann@example.com", found["cognito:username"]);
      check(found.email === "Ann@example.com", JSON.stringify(found));
      const [identity] = found.identities;
      check(identity.providerType === "SAML" && identity.issuer === issuer, JSON.stringify(identity));
    },
    "second sign-in of the same user": async () => {
      const first = await claims(await signIn("Bob@example.com"));
      const second = await claims(await signIn("Bob@example.com", {}, true));
      check(first.sub === second.sub, "another user");
    },
    "sign-in that the provider begins": async () => {
      const state = `${authorization}&identity_provider=Samlify`;
      const response = await respond({}, "Ann@example.com");
      await claims(await send({ cookie: "", state }, response));
    },
    "changed response refused": async () => {
      const begun = await begin();
      const text = Buffer.from(await respond(begun, "Ann@example.com"), "base64").toString();
      const changed = Buffer.from(text.replaceAll("Ann@example.com", "Eve@example.com"));
      refused(await send(begun, changed.toString("base64")), "SAML Assertion signature is invalid");
    },
    "wrong issuer refused": async () => {
      const back = await signIn("Ann@example.com", { Issuer: "https://other.example" });
      refused(back, "SAML Response has another Issuer");
    },
    "wrong audience refused": async () => {
      const back = await signIn("Ann@example.com", { Audience: "urn:amazon:cognito:sp:other" });
      refused(back, "SAML Assertion has another Audience");
    },
    "replayed response refused": async () => {
      const begun = await begin();
      const response = await respond(begun, "Ann@example.com");
      await claims(await send(begun, response));
      const again = await begin();
      refused(await send(again, response), "SAML Response has another InResponseTo");
    },
  };
}
